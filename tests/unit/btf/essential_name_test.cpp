// SPDX-License-Identifier: BSD-2-Clause
#include "btf/essential_name.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/libbpf/libbpf_relo_core.hpp"

namespace minbtf::test {

TEST_CASE("essential_name: the last separator of three underscores and everything after it are removed") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"a", "a"},
      {"task_struct", "task_struct"},
      {"task_struct___old", "task_struct"},
      {"a___b", "a"},
      {"a___b___c", "a___b"},
      {"a____b", "a____b"},  // four underscores are no separator
      {"a___", "a___"},      // no byte after the underscores
      {"___b", "___b"},      // no byte before the underscores
      {"a__b", "a__b"},
      {"_a___b", "_a"},
      {"a_b___c_d", "a_b"},
      {"a___b_", "a"},
      {"a___b___", "a"},
      {"a____b___c", "a____b"},
  };
  for (const auto& [name, expected] : rows) {
    INFO(name);
    CHECK(btf::essential_name(name) == expected);
    CHECK(bpf_core_essential_name_len(name.c_str()) == expected.size());
  }
}

TEST_CASE("essential_name: the result equals libbpf's for all short names of letters and underscores") {
  constexpr std::string_view alphabet = "a_b";
  std::size_t differences = 0;
  std::string first;
  const auto compare = [&](const std::string& name) {
    if (btf::essential_name(name).size() == bpf_core_essential_name_len(name.c_str())) return;
    if (differences++ == 0) first = name;
  };
  std::vector<std::string> names = {""};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i];
    compare(name);
    if (name.size() == 10) continue;
    for (const char c : alphabet) names.push_back(name + c);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    std::string name(random() % 40, '_');
    // Twice as many underscores as letters, so that runs of three are frequent.
    for (char& c : name) c = "a_b_"[random() % 4];
    compare(name);
  }
  INFO("first: '" << first << "'");
  CHECK(differences == 0);
}

}  // namespace minbtf::test
