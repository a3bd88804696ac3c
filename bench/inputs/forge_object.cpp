// SPDX-License-Identifier: BSD-2-Clause
// Writes the C source of a BPF object: forge_object SEED RELOCATIONS FILE
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "inputs/object_source.hpp"

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: forge_object SEED RELOCATIONS FILE\n";
    return 2;
  }
  std::ofstream file(argv[3]);
  file << minbtf::bench::object_source(std::stoull(argv[1]), std::stoull(argv[2]));
  file.close();
  if (file) return 0;
  std::cerr << "forge_object: error: cannot write " << argv[3] << '\n';
  return 1;
} catch (const std::exception& error) {
  std::cerr << "forge_object: error: " << error.what() << '\n';
  return 1;
}
