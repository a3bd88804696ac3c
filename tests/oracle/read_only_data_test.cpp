// SPDX-License-Identifier: BSD-2-Clause
// Real programs whose accesses depend on read-only data that users set before loading. One member after the other is
// removed from the BTF of this machine's kernel. libbpf and the verifier must load every program that check reports as
// guarded.
#include <bpf/btf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "libbpf/loader_log.hpp"
#include "minbtf/plan.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/libbpf/verifier.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

const char* const own_kernel = "/sys/kernel/btf/vmlinux";

/// Returns the BTF without the member in all structs of that name. The name of the member is removed, so that no search
/// finds it.
std::vector<std::uint8_t> without(const std::vector<std::uint8_t>& bytes, const std::string& composite,
                                  const std::string& member) {
  const std::unique_ptr<struct btf, void (*)(struct btf*)> btf(
      btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())), btf__free);
  REQUIRE(btf);
  for (std::uint32_t id = 1; id < btf__type_cnt(btf.get()); ++id) {
    const struct btf_type* const type = btf__type_by_id(btf.get(), id);
    if (!btf_is_composite(type) || btf__name_by_offset(btf.get(), type->name_off) != composite) continue;
    for (int i = 0; i < btf_vlen(type); ++i) {
      struct btf_member& each = btf_members(type)[i];
      if (btf__name_by_offset(btf.get(), each.name_off) == member) each.name_off = 0;
    }
  }
  std::uint32_t size = 0;
  const auto* const raw = static_cast<const std::uint8_t*>(btf__raw_data(btf.get(), &size));
  return {raw, raw + size};
}

}  // namespace

TEST_CASE("read_only_data: the verifier loads real programs that read-only data guards") {
  if (!libbpf::loader_obstacle().empty()) {
    return skip_test("loading BPF programs needs root and a kernel that allows it");
  }
  if (!std::filesystem::exists(own_kernel)) return skip_test("this machine's kernel has no BTF");
  const QuietLibbpf quiet;
  std::vector<OracleObject> tools = tool_objects();
  if (tools.empty()) return missing("Debian's package libbpf-tools");
  std::vector<BpfObject> parsed;
  for (const OracleObject& tool : tools) parsed.push_back(tool.parsed());
  const Plan plan(std::move(parsed));
  const std::vector<std::uint8_t> kernel = bytes_of(own_kernel);
  const TempDir directory;
  std::set<std::string> seen;
  const std::vector<std::pair<std::string, std::string>> members = {{"gendisk", "major"},
                                                                    {"request", "cmd_flags"},
                                                                    {"request_queue", "elevator"},
                                                                    {"irqaction", "name"},
                                                                    {"pid", "level"},
                                                                    {"task_struct", "thread_pid"},
                                                                    {"trace_event_raw_sys_exit", "ret"},
                                                                    {"task_struct", "comm"}};
  for (const auto& [composite, member] : members) {
    const std::vector<std::uint8_t> reduced = without(kernel, composite, member);
    std::map<std::pair<std::size_t, std::size_t>, std::vector<UnresolvedRelocation>> programs;
    for (const UnresolvedRelocation& each : plan.check(Btf::parse(reduced, "kernel"))) {
      programs[{each.object, each.program}].push_back(each);
    }
    const std::string path = directory.write("kernel.btf", reduced);
    for (const auto& [program, unresolved] : programs) {
      const OracleObject& tool = tools[program.first];
      const std::string& name = tool.parsed().programs()[program.second].name;
      const auto is_open = [](const UnresolvedRelocation& each) { return each.guard == Guard::none; };
      const auto is_conditional = [](const UnresolvedRelocation& each) { return !each.conditions.empty(); };
      if (std::ranges::any_of(unresolved, is_open) || std::ranges::none_of(unresolved, is_conditional)) continue;
      // The verifier may refuse the program for another reason.
      if (!loads(tool.bytes, name, own_kernel)) continue;
      CAPTURE(composite, member, tool.name(), name, to_string(unresolved.front().conditions));
      CHECK(loads(tool.bytes, name, path));
      seen.insert(tool.name() + ":" + name + ":" + composite + "." + member);
    }
  }
  std::cout << seen.size() << " programs of libbpf-tools load without a member, by what is in their read-only data\n";
  CHECK(seen.size() > 5);
}

}  // namespace minbtf::test
