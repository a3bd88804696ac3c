// SPDX-License-Identifier: BSD-2-Clause
#include "cli/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
  const char* const are_met =
      conditions.size() == 1 ? "a condition of --fail-on is met" : "conditions of --fail-on are met";
  print_message("error", fmt::format("{}: {}", are_met, fmt::join(conditions, ", ")));
}

std::vector<std::string> condition_words(std::span<const Condition> conditions) {
  std::vector<std::string> words;
  for (const Condition condition : conditions) words.push_back(to_string(condition));
  return words;
}

namespace {

[[noreturn]] void refuse_condition(const std::string& word, const std::vector<std::string>& allowed,
                                   const ParsedLine& line) {
  // `check` has all conditions.
  constexpr std::array only_in_check = {Condition::unguarded, Condition::kernel_btf};
  if (std::ranges::find(only_in_check, word, to_string) != only_in_check.end()) {
    throw UsageError(fmt::format("--fail-on: '{}' is a condition of 'check'; {} has: {}{}", word, line.command(),
                                 fmt::join(allowed, ", "), line.see_help()));
  }
  throw UsageError(
      fmt::format("--fail-on: unknown condition '{}'{}{}", word, did_you_mean(word, allowed), line.see_help()));
}

}  // namespace

std::vector<Condition> parse_conditions(const ParsedLine& line, std::span<const Condition> allowed) {
  const std::vector<std::string> words = condition_words(allowed);
  std::vector<Condition> result;
  for (const std::string& word : split_lists(line.all("fail-on"))) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) refuse_condition(word, words, line);
    const Condition condition = allowed[static_cast<std::size_t>(found - words.begin())];
    if (std::ranges::find(result, condition) == result.end()) result.push_back(condition);
  }
  return result;
}

}  // namespace minbtf::cli
