// SPDX-License-Identifier: BSD-2-Clause
// Writes the kernels of one series: evolve_kernels BASE SEED BUILDS PATTERN
//
// BASE is the raw BTF of a real kernel, from which the series starts with a larger change. Each build then changes some
// of its types. PATTERN is the path of a build, with % in place of its number. Prints for each build its number, its
// changes, types and bytes.
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "evolution/evolution.hpp"
#include "evolution/evolving_kernel.hpp"

namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw std::runtime_error("cannot read " + path);
  return bytes;
}

void write_file(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string pattern = argc == 5 ? argv[4] : "";
  const std::size_t place = pattern.find('%');
  if (place == std::string::npos) {
    std::cerr << "usage: evolve_kernels BASE SEED BUILDS PATTERN, with % in PATTERN for the number of the build\n";
    return 2;
  }
  minbtf::bench::EvolvingKernel kernel(minbtf::btf::View::parse(read_file(argv[1]), argv[1]));
  minbtf::bench::Evolution evolution(kernel, std::stoull(argv[2]));
  const unsigned long builds = std::stoul(argv[3]);
  for (unsigned long build = 0; build < builds; ++build) {
    const std::uint32_t changes = build == 0 ? evolution.diverge() : evolution.next_build();
    const std::vector<std::uint8_t> bytes = kernel.bytes();
    std::string path = pattern;
    write_file(path.replace(place, 1, std::to_string(build)), bytes);
    std::cout << build << ' ' << changes << ' ' << kernel.type_count() << ' ' << bytes.size() << '\n';
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "evolve_kernels: error: " << error.what() << '\n';
  return 1;
}
