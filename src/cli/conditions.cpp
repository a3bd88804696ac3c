#include "cli/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

std::string to_string(Condition condition) {
  switch (condition) {
    case Condition::ambiguous:
      return "ambiguous";
    case Condition::fails:
      return "fails";
    case Condition::poisoned:
      return "poisoned";
    case Condition::unguarded:
      return "unguarded";
    case Condition::no_relocations:
      return "no-relocations";
    case Condition::kernel_btf:
      return "kernel-btf";
  }
  return "";
}

void report_met_conditions(const std::vector<std::string>& conditions, Reply& reply) {
  if (conditions.empty()) return;
  if (reply.exit_status == exit_done) reply.exit_status = exit_condition;
  print_message("error", fmt::format("a condition of --fail-on is met: {}", fmt::join(conditions, ", ")));
}

std::vector<Condition> parse_conditions(const std::vector<std::string>& lists, std::span<const Condition> allowed,
                                        const std::string& see_help) {
  std::vector<Condition> result;
  for (const std::string& word : split_lists(lists)) {
    const auto* const found = std::find_if(allowed.data(), allowed.data() + allowed.size(),
                                           [&](Condition condition) { return to_string(condition) == word; });
    if (found == allowed.data() + allowed.size()) {
      std::vector<std::string> words;
      for (const Condition condition : allowed) words.push_back(to_string(condition));
      throw UsageError(fmt::format("--fail-on: unknown condition '{}'{}{}", word, did_you_mean(word, words), see_help));
    }
    if (std::ranges::find(result, *found) == result.end()) result.push_back(*found);
  }
  return result;
}

}  // namespace minbtf::cli
