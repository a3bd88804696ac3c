// How reasons and guards are said.
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

TEST_CASE("resolution: each guard has a word") {
  CHECK(to_string(Guard::none) == "none");
  CHECK(to_string(Guard::exists) == "exists");
  CHECK(to_string(Guard::unreachable) == "unreachable");
}

}  // namespace minbtf
