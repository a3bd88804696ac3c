// SPDX-License-Identifier: BSD-2-Clause
// An unresolved relocation of a subprogram counts for each program that calls the subprogram. The verifier confirms it.
#include <catch2/catch.hpp>
#include <map>

#include "libbpf/loader_log.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/libbpf/verifier.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

/// A kernel whose task_struct has only a pid.
std::vector<std::uint8_t> kernel() {
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  btf.integer("long", 8, 1);
  return btf.bytes();
}

/// A kernel with two types task_struct. The offset of their pid differs, so it is ambiguous.
std::vector<std::uint8_t> ambiguous_kernel() {
  BtfForge btf;
  const auto integer = btf.integer("int", 4, 1);
  btf.structure("task_struct", 8, {{"pid", integer, 0}});
  btf.structure("task_struct", 8, {{"pid", integer, 32}});
  btf.integer("long", 8, 1);
  return btf.bytes();
}

/// Returns the guards of all unresolved relocations, by program.
std::map<std::string, std::string> guards(const BpfObject& object) {
  std::map<std::string, std::string> guards;
  for (const Program& program : object.programs()) guards[program.name] = "";
  for (const UnresolvedRelocation& failing : Plan({object}).check(Btf::parse(kernel(), "kernel"))) {
    CHECK(failing.status == Status::poisoned);
    CHECK(to_string(failing.why) == "task_struct.absent: no such member");
    std::string& text = guards[object.programs()[failing.program].name];
    text += (text.empty() ? "" : " ") + std::string(to_string(failing.guard));
  }
  return guards;
}

const std::map<std::string, std::string> expected = {
    {"calls_nothing", ""},
    {"calls_what_is_there", ""},
    {"calls_what_is_absent", "none"},
    {"calls_through_another", "none"},
    {"calls_behind_a_guard", "unreachable"},
    {"calls_through_another_behind_a_guard", "unreachable"},
    {"calls_what_asks", "unreachable"},
    {"calls_both_ways", "exists"},
    {"calls_globally", "none"},
    {"calls_back", ""},
    {"calls_back_what_is_absent", "none"},
    {"calls_back_behind_a_guard", "unreachable"},
    {"nobody_calls", "unreachable"},
    // Nothing is reported for subprograms that programs call.
    {"read_absent", ""},
    {"read_absent_globally", ""},
    {"read_pid", ""},
    {"read_if_there", ""},
    {"read_both", ""},
    {"each", ""},
    {"each_absent", ""},
};

}  // namespace

TEST_CASE("subprograms: a relocation of a subprogram is reported for the programs that call it") {
  for (const std::string order : {"el", "eb"}) {
    CAPTURE(order);
    const auto bytes = bytes_of(bpf_object("calls", order));
    CHECK(guards(BpfObject::parse(bytes, "calls.bpf.o")) == expected);
  }
}

TEST_CASE("subprograms: a relocation of a subprogram that fails is reported for each program, called or not") {
  const BpfObject object = BpfObject::parse(bytes_of(bpf_object("calls")), "calls.bpf.o");
  std::map<std::string, std::vector<std::string>> failing;
  std::map<std::string, std::string> poisoned;
  for (const UnresolvedRelocation& each : Plan({object}).check(Btf::parse(ambiguous_kernel(), "kernel"))) {
    const std::string& program = object.programs()[each.program].name;
    if (each.status == Status::failed) {
      CHECK(each.failure == Failure::ambiguous_offset);
      failing[program].push_back(object.programs()[object::data_of(object).records[each.relocation].program].name);
    } else {
      std::string& text = poisoned[program];
      text += (text.empty() ? "" : " ") + std::string(to_string(each.guard));
    }
  }
  for (const auto& [program, guard] : expected) {
    CAPTURE(program);
    const bool is_called = program.starts_with("read_") || program.starts_with("each");
    CHECK(failing.contains(program) == !is_called);
    // Also for programs that do not call read_pid, the only function with a relocation of the pid.
    CHECK(failing[program] == (is_called ? std::vector<std::string>() : std::vector<std::string>{"read_pid"}));
    CHECK(poisoned[program] == guard);
  }
}

TEST_CASE("subprograms: the verifier loads the programs that cannot reach a poisoned instruction") {
  if (!libbpf::loader_obstacle().empty()) {
    return skip_test("loading BPF programs needs root and a kernel that allows it");
  }
  const QuietLibbpf quiet;
  const auto bytes = bytes_of(bpf_object("calls"));
  const BpfObject object = BpfObject::parse(bytes, "calls.bpf.o");
  const TempDir directory;
  const std::string path = directory.write("kernel.btf", kernel());
  const auto found = guards(object);
  std::size_t loaded = 0;
  for (const Program& program : object.programs()) {
    if (program.section == ".text") continue;
    INFO(program.name);
    const std::string& guard = found.at(program.name);
    CHECK(loads(bytes, program.name, path) == (guard.empty() || guard == "unreachable"));
    loaded += guard.empty() || guard == "unreachable" ? 1 : 0;
  }
  CHECK(loaded == 7);
}

}  // namespace minbtf::test
