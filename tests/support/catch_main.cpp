// SPDX-License-Identifier: BSD-2-Clause
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "support/os/skip.hpp"

int main(int argc, char** argv) {
  Catch::Session session;
  const int refused = session.applyCommandLine(argc, argv);
  if (refused != 0) return refused;
#if CATCH_VERSION_MAJOR < 3
  // A filter that selects no test is an error, as always with Catch2 3.
  session.configData().warnings =
      static_cast<Catch::WarnAbout::What>(session.configData().warnings | Catch::WarnAbout::NoTests);
  if (session.configData().listTestNamesOnly) return session.run();
#endif
  const int result = session.run();
  // Catch2's exit status is the number of failed assertions: ctest would take four failed assertions for a skipped test
  // (skipped_status).
  if (result != 0) return 1;
  return minbtf::test::some_test_was_skipped() ? minbtf::test::skipped_status : 0;
}
