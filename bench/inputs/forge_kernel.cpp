// SPDX-License-Identifier: BSD-2-Clause
// Writes the BTF of a forged kernel: forge_kernel deduplicated|undeduplicated SEED FILE
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "inputs/kernel_forge.hpp"

int main(int argc, char** argv) try {
  const std::string shape = argc == 4 ? argv[1] : "";
  if (shape != "deduplicated" && shape != "undeduplicated") {
    std::cerr << "usage: forge_kernel deduplicated|undeduplicated SEED FILE\n";
    return 2;
  }
  const std::uint64_t seed = std::stoull(argv[2]);
  const auto bytes = minbtf::bench::forge_kernel(shape == "deduplicated" ? minbtf::bench::KernelShape{.seed = seed}
                                                                         : minbtf::bench::undeduplicated(seed));
  std::ofstream file(argv[3], std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return 0;
  std::cerr << "forge_kernel: error: cannot write " << argv[3] << '\n';
  return 1;
} catch (const std::exception& error) {
  std::cerr << "forge_kernel: error: " << error.what() << '\n';
  return 1;
}
