// Equal reasons of one object, together.
#include "report/check_rows.hpp"

#include <catch2/catch.hpp>

#include "support/check_case.hpp"

namespace minbtf::test {

using report::CheckRow;

namespace {

/// "STANDING SUBJECTS: PROGRAM@INSN,INSN ..." of each.
std::vector<std::string> texts(const std::vector<CheckRow>& rows) {
  std::vector<std::string> out;
  for (const CheckRow& row : rows) {
    std::string& text = out.emplace_back(std::to_string(static_cast<int>(row.standing)));
    for (const std::string& subject : row.subjects) text += " " + subject;
    text += ":";
    for (const auto& [program, instructions] : row.places) {
      text += " " + std::to_string(program);
      for (const std::uint32_t instruction : instructions) text += "@" + std::to_string(instruction);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("check_rows: one row for each reason, the worst first") {
  const Plan plan({asking_object("object", {{"p", "abAac"}, {"q", "bbd"}, {"r", "e"}})});
  const auto rows = [&](const std::string& members, bool twice = false) {
    const auto result = checked(plan, {{"k", kernel_with(members, twice)}});
    return rows_of(result, result.outcomes(0).front());
  };
  CHECK(texts(rows("abcde")).empty());
  CHECK(texts(rows("de")) == std::vector<std::string>{"2 s.b: 0@1 1@0@1", "2 s.c: 0@4", "1 s.a: 0@0@3"});
  CHECK(texts(rows("abde", true)) ==
        std::vector<std::string>{"3 s.a: 0@0@2@3", "3 s.b: 0@1 1@0@1", "3 s.d: 1@2", "3 s.e: 2@0", "2 s.c: 0@4"});
  // Together, those of the same programs; instructions do not count.
  CHECK(texts(merged(rows("e"))) ==
        std::vector<std::string>{"2 s.b: 0@1 1@0@1", "2 s.c: 0@4", "2 s.d: 1@2", "1 s.a: 0@0@3"});
  CHECK(texts(merged(rows("abde", true))) ==
        std::vector<std::string>{"3 s.a: 0@0@2@3", "3 s.b: 0@1 1@0@1", "3 s.d: 1@2", "3 s.e: 2@0", "2 s.c: 0@4"});
  const Plan other({asking_object("object", {{"p", "abc"}, {"q", "dba"}})});
  const auto result = checked(other, {{"k", kernel_with("")}});
  CHECK(texts(merged(rows_of(result, result.outcomes(0).front()))) ==
        std::vector<std::string>{"2 s.a s.b: 0@0@1 1@1@2", "2 s.c: 0@2", "2 s.d: 1@0"});
}

}  // namespace minbtf::test
