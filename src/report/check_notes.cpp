#include "report/check_notes.hpp"

#include <algorithm>

#include "archive/tree_path.hpp"
#include "report/words.hpp"

namespace minbtf::report {

namespace {

constexpr std::size_t most_names = 3;

/// "a, b, c and 4 more".
std::string list(const std::vector<std::string>& names) {
  std::string text;
  const std::size_t shown = std::min(names.size(), most_names);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

std::vector<std::string> objects_that(const CheckFacts& facts, WithoutBtf result) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts.without_btf.size(); ++i) {
    if (facts.without_btf[i] == result) names.emplace_back(archive::file_name_of(facts.names[i]));
  }
  return names;
}

}  // namespace

std::vector<std::string> check_notes(const CheckFacts& facts) {
  std::vector<std::string> lines;
  const auto add = [&](WithoutBtf result, const char* unless) {
    const std::vector<std::string> names = objects_that(facts, result);
    if (names.empty()) return;
    lines.push_back("note: where the kernel has no BTF of its own libbpf loads nothing of " +
                    counted(names.size(), "object") + ",");
    lines.push_back(std::string("      whatever is shipped") + unless + " (see min-btf inspect):");
    lines.push_back("      " + list(names));
  };
  add(WithoutBtf::loads_others, ", unless what attaches by BTF is switched off");
  add(WithoutBtf::fails, " and switched off");
  if (!facts.repeated.empty()) {
    lines.push_back("note: two files that come to the same stand for " + counted(facts.repeated.size(), "kernel") +
                    (facts.repeated.size() == 1 ? ", which counts once:" : ", which count once:"));
    lines.push_back("      " + list(facts.repeated));
  }
  return lines;
}

}  // namespace minbtf::report
