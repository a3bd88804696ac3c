// SPDX-License-Identifier: BSD-2-Clause
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <exception>
#include <iostream>

#include "micro/inputs.hpp"

namespace {

/// Throws if the kernel is not valid BTF. Called before the benchmarks, so that there is one error and not one for
/// each.
void check_kernel() {
  const minbtf::bench::InputFile& file = minbtf::bench::kernel_file();
  (void)minbtf::bench::index(file.bytes, file.path);
}

}  // namespace

int main(int argc, char** argv) try {
  Catch::Session session;
  if (const int status = session.applyCommandLine(argc, argv); status != 0) return status;
  if (!session.configData().showHelp) check_kernel();
  return session.run();
} catch (const std::exception& error) {
  std::cerr << "micro_benchmarks: error: " << error.what() << '\n';
  return 1;
}
