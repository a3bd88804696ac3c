// SPDX-License-Identifier: BSD-2-Clause
// The conditions of --fail-on.
#include "cli/conditions.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "cli/command_line.hpp"

namespace minbtf::cli {

namespace {

/// The line of a command `try` with these values of --fail-on.
ParsedLine line_with(const std::vector<std::string>& lists) {
  static const CommandLine known("try", {{"Options", {{"fail-on", "LIST", "conditions", true}}}});
  std::vector<std::string> arguments;
  for (const std::string& list : lists) arguments.push_back("--fail-on=" + list);
  return known.parse(arguments);
}

}  // namespace

TEST_CASE("conditions: words are separated by commas, count once, and keep their order") {
  constexpr std::array all = {Condition::ambiguous, Condition::fails, Condition::poisoned, Condition::unguarded,
                              Condition::no_relocations};
  using Conditions = std::vector<Condition>;
  CHECK(parse_conditions(line_with({}), all).empty());
  CHECK(parse_conditions(line_with({"fails,ambiguous", "unguarded", "fails"}), all) ==
        Conditions{Condition::fails, Condition::ambiguous, Condition::unguarded});
  for (const Condition condition : all) {
    CHECK(parse_conditions(line_with({to_string(condition)}), all) == Conditions{condition});
  }
  CHECK_THROWS_WITH(parse_conditions(line_with({"fails,posoned"}), all),
                    "--fail-on: unknown condition 'posoned'; did you mean 'poisoned'? (see 'min-btf help try')");
  CHECK_THROWS_AS(parse_conditions(line_with({"fails,"}), all), UsageError);
  CHECK_THROWS_AS(parse_conditions(line_with({"fails"}), std::array{Condition::ambiguous}), UsageError);
}

TEST_CASE("conditions: a condition that only check has is refused, with a list of the command's own conditions") {
  constexpr std::array some = {Condition::ambiguous, Condition::fails};
  for (const std::string word : {"unguarded", "kernel-btf"}) {
    CHECK_THROWS_WITH(
        parse_conditions(line_with({"fails," + word}), some),
        "--fail-on: '" + word + "' is a condition of 'check'; try has: ambiguous, fails (see 'min-btf help try')");
  }
}

}  // namespace minbtf::cli
