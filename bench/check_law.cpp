// SPDX-License-Identifier: BSD-2-Clause
// Checks reduced BTF: libbpf's own resolver resolves every relocation of every object against the full and the reduced
// BTF, with all programs of the object and with each program alone. Counts the differences.
//     check_law FULL_DIR REDUCED_DIR OBJECT...
// Compares files with the same path in both directories. Prints one JSON document to standard output.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "read_file.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace fs = std::filesystem;
using namespace minbtf::test;

namespace {

constexpr std::size_t examples_kept = 3;
/// One vector<bool> for each subset of programs: true for the programs that are loaded.
using Subsets = std::vector<std::vector<bool>>;
constexpr Rules all_rules[] = {Rules::linked, Rules::newest};

struct Count {
  std::size_t relocations =
      0;  ///< combinations of object, subset of programs, relocation and libbpf's old or new rules
  std::size_t different = 0;
  std::vector<std::string> examples;

  [[nodiscard]] nlohmann::json json() const {
    return {{"relocations", relocations}, {"different", different}, {"examples", examples}};
  }
};

void compare(const ResolverObject& object, ResolverTarget& full, ResolverTarget& reduced, const Subsets& subsets,
             Count& count) {
  for (const std::vector<bool>& programs : subsets) {
    for (const Rules rules : all_rules) {
      const std::vector<Verdict> before = object.resolve(full, programs, rules);
      const std::vector<Verdict> after = object.resolve(reduced, programs, rules);
      for (std::size_t i = 0; i < before.size(); ++i) {
        ++count.relocations;
        if (before[i] == after[i]) continue;
        ++count.different;
        if (count.examples.size() < examples_kept) {
          count.examples.push_back(object.object().name() + " #" + std::to_string(before[i].relocation) + ": " +
                                   before[i].text() + "; reduced: " + after[i].text());
        }
      }
    }
  }
}

nlohmann::json check(const std::string& kernel, const fs::path& full_path, const fs::path& reduced_path,
                     const std::vector<ResolverObject>& objects) {
  nlohmann::json out = {{"kernel", kernel}};
  if (!fs::is_regular_file(reduced_path)) return out;
  try {
    ResolverTarget full(read_file(full_path), kernel);
    ResolverTarget reduced(read_file(reduced_path), reduced_path.string());
    Count together;
    Count alone;
    for (const ResolverObject& object : objects) {
      const std::size_t programs = object.object().programs().size();
      compare(object, full, reduced, {std::vector<bool>(programs, true)}, together);
      Subsets single(programs, std::vector<bool>(programs));
      for (std::size_t i = 0; i < programs; ++i) single[i][i] = true;
      compare(object, full, reduced, single, alone);
    }
    out["together"] = together.json();
    out["alone"] = alone.json();
    out["same_byte_order"] = full.big_endian() == reduced.big_endian();
  } catch (const std::exception& error) {
    out["error"] = error.what();
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fputs("usage: check_law FULL_DIR REDUCED_DIR OBJECT...\n", stderr);
    return 2;
  }
  listen_to_libbpf();
  std::vector<ResolverObject> objects;
  for (int i = 3; i < argc; ++i) {
    const std::vector<std::uint8_t> bytes = read_file(argv[i]);
    minbtf::BpfObject object = minbtf::BpfObject::parse(bytes, fs::path(argv[i]).filename());
    if (object.relocation_count() != 0) objects.emplace_back(bytes, std::move(object));
  }
  std::vector<std::string> kernels;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argv[1])) {
    if (entry.is_regular_file()) kernels.push_back(fs::relative(entry.path(), argv[1]).string());
  }
  std::sort(kernels.begin(), kernels.end());
  nlohmann::json out = nlohmann::json::array();
  for (const std::string& kernel : kernels) {
    out.push_back(check(kernel, fs::path(argv[1]) / kernel, fs::path(argv[2]) / kernel, objects));
  }
  std::cout << out << '\n';
} catch (const std::exception& error) {
  std::fprintf(stderr, "check_law: %s\n", error.what());
  return 1;
}
