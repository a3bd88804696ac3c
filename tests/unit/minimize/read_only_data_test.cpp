// SPDX-License-Identifier: BSD-2-Clause
// A poisoned instruction behind a test of read-only data is guarded as long as the data has the values in the object.
// The kernel's verifier confirms it.
#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

#include "libbpf/loader_log.hpp"
#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/libbpf/verifier.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

/// A kernel whose task_struct lacks `absent`. verifier_of() derives the version of its verifier from `helper`.
std::vector<std::uint8_t> kernel(const std::string& helper = "BPF_FUNC_jiffies64",
                                 ByteOrder order = ByteOrder::little) {
  BtfForge btf(order);
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  btf.integer("long", 8, 1);
  btf.enumeration("bpf_func_id", 4, {{"BPF_FUNC_spin_lock", 93}, {helper, 118}});
  return btf.bytes();
}

/// Returns the guard of each program with a poisoned instruction: "NOT guarded", or the conditions under which the
/// guard holds.
std::map<std::string, std::string> guards(const BpfObject& object, const std::vector<std::uint8_t>& kernel) {
  std::map<std::string, std::string> guards;
  for (const UnresolvedRelocation& each : Plan({object}).check(Btf::parse(kernel, "kernel"))) {
    CHECK(each.status == Status::poisoned);
    CHECK((each.conditions.empty() || each.guard == Guard::unreachable));
    const std::string& name = object.programs()[each.program].name;
    CHECK_FALSE(guards.contains(name));
    guards[name] = each.guard == Guard::none ? "NOT guarded" : to_string(each.conditions);
  }
  return guards;
}

/// The verifier loads the program, but core/reachability does not follow what shows it.
const std::string beyond = "NOT guarded, and loaded";
const std::string bad = "NOT guarded";

const std::map<std::string, std::string> expected = {
    {"if_off", "is_off is 0 in .rodata"},
    {"if_on", bad},
    {"if_not_off", bad},
    {"if_not_on", "is_on is 1 in .rodata"},
    {"if_both", "is_off is 0 in .rodata"},
    {"nested", "is_off is 0 in .rodata"},
    {"behind_unknown", "is_off is 0 in .rodata"},
    {"one_of_two", "is_off is 0 and hidden_off is 0 in .rodata"},
    {"one_of_two_is_on", bad},
    {"early_return", "is_off is 0 in .rodata"},
    {"static_variable", "hidden_off is 0 in .rodata"},
    {"two_bytes", "small is 300 in .rodata"},
    {"two_bytes_wrong", bad},
    {"with_sign", "minus is -1 in .rodata"},
    {"with_sign_wrong", bad},
    {"eight_bytes", "big is 21474836480 in .rodata"},
    {"eight_bytes_wrong", bad},
    {"element", "limits[3] is 0 in .rodata"},
    {"element_wrong", bad},
    {"field", "config.inner.enabled is 0 in .rodata"},
    {"two_fields", "config.level is 2 and config.inner.mode is 7 in .rodata"},
    {"field_wrong", bad},
    {"other_section", "other_off is 0 in .rodata.other"},
    {"other_section_wrong", bad},
    {"arithmetic", "small is 300 and config.level is 2 in .rodata"},
    {"pointer_is_null", "hook is 0 in .rodata"},
    {"relocated", beyond},
    {"through_a_register", "limits[1] is 1 in .rodata"},
    {"through_the_stack", beyond},
    {"loop", "is_off is 0 in .rodata"},
    {"calls_behind_off", "is_off is 0 in .rodata"},
    {"calls_behind_on", bad},
    {"calls_what_looks", "hidden_off is 0 in .rodata"},
    {"asks_behind_off", ""},
    {"asks_behind_on", ""},
    {"asks_elsewhere_behind_off", ""},
    {"asks_elsewhere_behind_on", bad},
    {"in_data", bad},
    {"in_bss", bad},
    {"in_custom_data", bad},
    {"in_no_data", bad},
};

std::vector<std::uint8_t> compile(const std::string& cpu) {
  const TempDir directory;
  const std::string path = directory.file("read_only.bpf.o");
  const CommandResult result = run_command({TEST_CLANG, "-target", "bpfel", "-mcpu=" + cpu, "-g", "-O2", "-c",
                                            TEST_SOURCE_DIR "/tests/bpf/read_only.bpf.c", "-o", path});
  if (result.status != 0) throw std::runtime_error(result.err);
  return bytes_of(path);
}

}  // namespace

TEST_CASE("read_only_data: a guard names the values that it depends on, in either byte order") {
  for (const std::string order : {"el", "eb"}) {
    const BpfObject object = BpfObject::parse(bytes_of(bpf_object("read_only", order)), "read_only.bpf.o");
    const auto found = guards(object, kernel("BPF_FUNC_jiffies64", order == "el" ? ByteOrder::little : ByteOrder::big));
    CHECK(found.size() == expected.size() + 1);
    for (const auto& [name, guard] : expected) {
      CAPTURE(order, name);
      REQUIRE(found.contains(name));
      CHECK(found.at(name) == (guard == beyond ? bad : guard));
    }
  }
}

TEST_CASE("read_only_data: read-only data guards nothing for a verifier before Linux 5.6") {
  const BpfObject object = BpfObject::parse(bytes_of(bpf_object("read_only")), "read_only.bpf.o");
  for (const auto& [name, guard] : guards(object, kernel("BPF_FUNC_probe_read_kernel"))) {
    CAPTURE(name);
    const bool asks = name.starts_with("asks");
    CHECK(guard == (asks ? "" : bad));
  }
}

TEST_CASE("read_only_data: the verifier loads a guarded program, and no other one except those marked here") {
  if (!libbpf::loader_obstacle().empty()) {
    return skip_test("loading BPF programs needs root and a kernel that allows it");
  }
  const QuietLibbpf quiet;
  const TempDir directory;
  const std::string path = directory.write("kernel.btf", kernel());
  for (const std::string cpu : {"v1", "v2", "v3", "v4"}) {
    const auto bytes = compile(cpu);
    const auto found = guards(BpfObject::parse(bytes, "read_only.bpf.o"), kernel());
    for (const auto& [name, guard] : found) {
      CAPTURE(cpu, name, guard);
      const bool is_loaded = loads(bytes, name, path);
      if (guard != bad) CHECK(is_loaded);
      // The guard of these two depends on the instruction set: the sign may be extended by shifts, and a signed
      // comparison may be of two registers.
      if (name == "byte_with_sign" || name == "with_sign") {
        CHECK(is_loaded);
        continue;
      }
      CHECK(guard == (expected.at(name) == beyond ? bad : expected.at(name)));
      if (guard == bad) CHECK(is_loaded == (expected.at(name) == beyond));
    }
  }
}

}  // namespace minbtf::test
