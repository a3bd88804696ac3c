// SPDX-License-Identifier: BSD-2-Clause
// Calls of subprograms, in code compiled by clang and in hand-made damaged code.
#include "object/calls.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "support/fixtures.hpp"
#include "support/forge/object_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

using object::LoadUnit;
using object::ObjectData;

constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

BpfObject calls_object(const std::string& order) {
  return BpfObject::parse(bytes_of(bpf_object("calls", order)), "calls.bpf.o");
}

std::size_t program(const ObjectData& data, std::string_view name) {
  const auto found = std::ranges::find(data.programs, name, &Program::name);
  REQUIRE(found != data.programs.end());
  return static_cast<std::size_t>(found - data.programs.begin());
}

/// Names in ascending order: "each read_pid".
std::string callees(const ObjectData& data, std::string_view name) {
  std::vector<std::string> names;
  for (const object::Call& call : data.calls) {
    if (call.program == program(data, name)) names.push_back(data.programs[call.callee].name);
  }
  std::ranges::sort(names);
  std::string text;
  for (const std::string& each : names) text += (text.empty() ? "" : " ") + each;
  return text;
}

/// The subprograms that are loaded with a program, or "not loaded" if the program has no load unit.
std::string loaded_with(const ObjectData& data, std::string_view name, std::size_t most = unlimited) {
  for (const LoadUnit& unit : object::load_units(data, most)) {
    if (data.programs[unit.program].name != name) continue;
    CHECK(std::ranges::is_sorted(unit.members));
    std::vector<std::string> names;
    for (const std::size_t member : unit.members) {
      if (member != unit.program) names.push_back(data.programs[member].name);
    }
    std::ranges::sort(names);
    std::string text = unit.is_orphan ? "orphan" : "";
    for (const std::string& each : names) text += (text.empty() ? "" : " ") + each;
    return text;
  }
  return "not loaded";
}

constexpr std::uint8_t op_call = 0x85;

/// A call of the subprogram that begins `distance` instructions after the next one.
ForgedInsn near_call(std::int32_t distance) { return {.code = op_call, .src = 1, .imm = distance}; }

/// A program `p` in a section of its own. In .text f, g, h, ... of two instructions each: a call, and exit. Calls in
/// `p` have no relocation; no compiler writes such calls.
BpfObject chain(const std::vector<std::int32_t>& distances, std::vector<ForgedProgram> others = {}) {
  std::vector<ForgedProgram> programs = std::move(others);
  char name = 'f';
  for (const std::int32_t distance : distances) {
    programs.push_back({.name = std::string(1, name++),
                        .section = ".text",
                        .insns = {near_call(distance), exit_insn()},
                        .records = {}});
  }
  return BpfObject::parse(forge_object(BtfForge(), programs), "chain");
}

}  // namespace

TEST_CASE("calls: every form of call that clang writes is found") {
  for (const std::string order : {"el", "eb"}) {
    CAPTURE(order);
    const BpfObject object = calls_object(order);
    const ObjectData& data = object::data_of(object);
    CHECK(callees(data, "calls_nothing").empty());
    CHECK(callees(data, "calls_what_is_there") == "read_pid");         // in another section: relocated by the section
    CHECK(callees(data, "calls_globally") == "read_absent_globally");  // relocated by the function's symbol
    CHECK(callees(data, "read_both") == "read_absent read_pid");       // in its own section: not relocated
    CHECK(callees(data, "calls_both_ways") == "read_absent read_absent");
    CHECK(callees(data, "calls_back") == "each");  // passed by address
    CHECK(callees(data, "calls_back_what_is_absent") == "each_absent");
    CHECK(std::ranges::is_sorted(data.calls, {},
                                 [](const object::Call& call) { return std::pair(call.program, call.insn); }));
  }
}

TEST_CASE("calls: a program is loaded with all its callees, and an uncalled subprogram by itself") {
  const BpfObject object = calls_object("el");
  const ObjectData& data = object::data_of(object);
  CHECK(loaded_with(data, "calls_nothing").empty());
  CHECK(loaded_with(data, "calls_through_another") == "read_absent read_both read_pid");
  CHECK(loaded_with(data, "calls_back") == "each read_pid");
  CHECK(loaded_with(data, "read_both") == "not loaded");
  CHECK(loaded_with(data, "read_absent_globally") == "not loaded");
  CHECK(loaded_with(data, "nobody_calls") == "orphan");
  std::vector<std::size_t> programs;
  for (const LoadUnit& unit : object::load_units(data, unlimited)) programs.push_back(unit.program);
  CHECK(programs == object::loaded_programs(data));
  CHECK(std::ranges::is_sorted(programs));
  CHECK(programs.size() == 13);  // 12 and nobody_calls
}

TEST_CASE("calls: static subprograms are distinguished from others") {
  const BpfObject object = calls_object("el");
  const ObjectData& data = object::data_of(object);
  CHECK(data.extents[program(data, "read_absent")].is_static);
  CHECK_FALSE(data.extents[program(data, "read_absent_globally")].is_static);
  CHECK_FALSE(data.extents[program(data, "calls_nothing")].is_static);
}

TEST_CASE("calls: recursion is followed, and calls of helpers, of kfuncs and out of a section are left out") {
  // f and g call each other, and h calls itself. The call in i leads beyond the end of the section, that in j before
  // it.
  const BpfObject object =
      chain({1, -3, -1, 1000, -1000}, {{.name = "p", .section = "tp/x", .insns = {exit_insn()}, .records = {}}});
  const ObjectData& data = object::data_of(object);
  CHECK(callees(data, "f") == "g");
  CHECK(callees(data, "g") == "f");
  CHECK(callees(data, "h") == "h");
  CHECK(callees(data, "i").empty());
  CHECK(callees(data, "j").empty());
  CHECK(loaded_with(data, "f") == "orphan g");
  CHECK(loaded_with(data, "g") == "not loaded");
  CHECK(loaded_with(data, "h") == "orphan");
  // A call of a helper, a call of a kfunc, and a call into another section without a relocation.
  const BpfObject other = chain(
      {0},
      {{.name = "p",
        .section = "tp/x",
        .insns = {{.code = op_call, .imm = -1}, {.code = op_call, .src = 2, .imm = -1}, near_call(-2), exit_insn()},
        .records = {}}});
  CHECK(callees(object::data_of(other), "p").empty());
}

TEST_CASE("calls: an object with only subprograms has no orphans") {
  CHECK(loaded_with(object::data_of(chain({1, 1000})), "f") == "g");
  CHECK(loaded_with(object::data_of(chain({1, 1000})), "g") == "not loaded");
}

TEST_CASE("calls: load units that exceed the limit are not built") {
  const BpfObject object = calls_object("el");
  std::size_t enough = 0;
  while (object::load_units(object::data_of(object), enough).empty()) ++enough;
  CHECK(enough > 13);  // programs have 13 subprograms in all, most of them with records and calls
  CHECK(enough < 100);
  CHECK(object::load_units(object::data_of(object), enough).size() == 13);
  // The cost of the programs themselves does not count.
  CHECK(object::load_units(object::data_of(chain({1000, 1000})), 0).size() == 2);
}

}  // namespace minbtf::test
