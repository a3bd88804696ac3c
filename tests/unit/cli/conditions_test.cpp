// The words of --fail-on.
#include "cli/conditions.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "cli/command_line.hpp"

namespace minbtf::cli {

TEST_CASE("conditions: words are separated by commas, and each counts once, in the order given") {
  constexpr std::array all = {Condition::ambiguous, Condition::fails, Condition::poisoned, Condition::unguarded,
                              Condition::no_relocations};
  using Words = std::vector<std::string>;
  using Conditions = std::vector<Condition>;
  CHECK(parse_conditions({}, all, "").empty());
  CHECK(parse_conditions(Words{"fails,ambiguous", "unguarded", "fails"}, all, "") ==
        Conditions{Condition::fails, Condition::ambiguous, Condition::unguarded});
  for (const Condition condition : all) {
    CHECK(parse_conditions(Words{to_string(condition)}, all, "") == Conditions{condition});
  }
  CHECK_THROWS_WITH(parse_conditions(Words{"fails,posoned"}, all, " (see help)"),
                    "--fail-on: unknown condition 'posoned'; did you mean 'poisoned'? (see help)");
  CHECK_THROWS_AS(parse_conditions(Words{"fails,"}, all, ""), UsageError);
  CHECK_THROWS_AS(parse_conditions(Words{"fails"}, std::array{Condition::ambiguous}, ""), UsageError);
}

}  // namespace minbtf::cli
