// SPDX-License-Identifier: BSD-2-Clause
// Rows of `check`: unresolved relocations of one object with equal reasons are together.
#include "commands/check/check_result.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "support/check_case.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

using cli::CheckRow;

namespace {

/// Returns "STANDING SUBJECTS: PROGRAM@INSN@INSN ..." for each row; "FUNCTION@INSN(PROGRAM,PROGRAM)" for a function
/// that other programs call.
std::vector<std::string> texts(const std::vector<CheckRow>& rows) {
  std::vector<std::string> out;
  for (const CheckRow& row : rows) {
    std::string& text = out.emplace_back(std::to_string(static_cast<int>(row.standing)));
    for (const std::string& subject : row.subjects) text += " " + subject;
    text += ":";
    for (const auto& [function, place] : row.places) {
      text += " " + std::to_string(function);
      for (const std::uint32_t instruction : place.instructions) text += "@" + std::to_string(instruction);
      if (place.programs == std::set<std::size_t>{function}) continue;
      std::string programs;
      for (const std::size_t program : place.programs)
        programs += (programs.empty() ? "" : ",") + std::to_string(program);
      text += "(" + programs + ")";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("check_rows: each reason has one row, and the worst comes first") {
  const Plan plan({asking_object("object", {{"p", "abAac"}, {"q", "bbd"}, {"r", "e"}})});
  const auto rows = [&](const std::string& members, bool twice = false) {
    const auto result = checked(plan, {{"k", kernel_with(members, twice)}});
    return rows_of(result, result.outcomes(0).front());
  };
  CHECK(texts(rows("abcde")).empty());
  CHECK(texts(rows("de")) == std::vector<std::string>{"2 s.b: 0@2 1@0@1", "2 s.c: 0@5", "1 s.a: 0@1@4"});
  CHECK(texts(rows("abde", true)) ==
        std::vector<std::string>{"3 s.a: 0@1@3@4", "3 s.b: 0@2 1@0@1", "3 s.d: 1@2", "3 s.e: 2@0", "2 s.c: 0@5"});
  // Rows of the same programs are merged, also if the instructions differ.
  CHECK(texts(merged(rows("e"))) ==
        std::vector<std::string>{"2 s.b: 0@2 1@0@1", "2 s.c: 0@5", "2 s.d: 1@2", "1 s.a: 0@1@4"});
  CHECK(texts(merged(rows("abde", true))) ==
        std::vector<std::string>{"3 s.a: 0@1@3@4", "3 s.b: 0@2 1@0@1", "3 s.d: 1@2", "3 s.e: 2@0", "2 s.c: 0@5"});
  const Plan other({asking_object("object", {{"p", "abc"}, {"q", "dba"}})});
  const auto result = checked(other, {{"k", kernel_with("")}});
  CHECK(texts(merged(rows_of(result, result.outcomes(0).front()))) ==
        std::vector<std::string>{"2 s.a s.b: 0@0@1 1@1@2", "2 s.c: 0@2", "2 s.d: 1@0"});
}

TEST_CASE("check_rows: a place in a subprogram lists the programs that call the subprogram") {
  const Plan plan({BpfObject::parse(bytes_of(bpf_object("calls")), "calls.bpf.o")});
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  const auto result = checked(plan, {{"k", btf.bytes()}});
  const BpfObject& object = result.objects().front();
  const auto rows = rows_of(result, result.outcomes(0).front());
  REQUIRE(rows.size() == 3);  // not guarded, guarded by an existence check, not reachable
  std::string text;
  for (const auto& [function, place] : rows.front().places) {
    text += object.programs()[function].name + ":";
    for (const std::size_t program : place.programs) text += " " + object.programs()[program].name;
    text += "; ";
    CHECK(place.instructions.size() == 1);  // once, however many programs call the function
  }
  CHECK(text ==
        "read_absent_globally: calls_globally; read_absent: calls_what_is_absent calls_through_another; "
        "each_absent: calls_back_what_is_absent; ");
}

}  // namespace minbtf::test
