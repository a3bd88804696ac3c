// SPDX-License-Identifier: BSD-2-Clause
// Texts for reasons, conditions and guards.
#include "minbtf/explanation.hpp"

#include <catch2/catch.hpp>

namespace minbtf {

TEST_CASE("resolution: subject, reason and detail make one line") {
  const std::vector<std::pair<Explanation, std::string>> rows = {
      {{Reason::none, "s.a", ""}, "s.a: resolved"},
      {{Reason::no_such_type, "struct s", ""}, "struct s: no such type"},
      {{Reason::no_such_type, "struct s", "only union s"}, "struct s: no such type, only union s"},
      {{Reason::no_such_member, "s.a", ""}, "s.a: no such member"},
      {{Reason::no_such_member, "s.a.b", "in struct t"}, "s.a.b: no such member in struct t"},
      {{Reason::no_such_enumerator, "e.A", ""}, "e.A: no such enumerator"},
      {{Reason::incompatible, "s.a", ""}, "s.a: incompatible"},
      {{Reason::incompatible, "s.a", "int there"}, "s.a: incompatible: int there"},
      {{Reason::ambiguous, "s.a", "several"}, "s.a: ambiguous: several"},
      {{Reason::other, "s.a", ""}, "s.a: failed"},
      {{Reason::other, "s.a", "too deep"}, "s.a: too deep"},
  };
  for (const auto& [explanation, text] : rows) CHECK(to_string(explanation) == text);
}

TEST_CASE("resolution: conditions of one section are listed together, values with sign where they have one") {
  const auto minus = static_cast<std::uint64_t>(-1);
  CHECK(to_string(std::vector<DataCondition>{}).empty());
  CHECK(to_string(std::vector<DataCondition>{{"a", ".rodata", 0}}) == "a is 0 in .rodata");
  CHECK(to_string(std::vector<DataCondition>{{"a", ".rodata", minus, true}, {"b", ".rodata", minus}}) ==
        "a is -1 and b is 18446744073709551615 in .rodata");
  CHECK(to_string(std::vector<DataCondition>{{"a", ".rodata", 1}, {"b", ".rodata.x", 2}, {"c", ".rodata.x", 3}}) ==
        "a is 1 in .rodata and b is 2 and c is 3 in .rodata.x");
}

TEST_CASE("resolution: each guard has a word") {
  CHECK(to_string(Guard::none) == "none");
  CHECK(to_string(Guard::exists) == "exists");
  CHECK(to_string(Guard::unreachable) == "unreachable");
}

}  // namespace minbtf
