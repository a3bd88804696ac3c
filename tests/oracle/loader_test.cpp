// SPDX-License-Identifier: BSD-2-Clause
// The complete loader of libbpf on the kernel of this machine. The loader opens each object with `btf_custom_path`,
// once with the full BTF and once with the reduced BTF, and must print the same for every relocation.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include "libbpf/loader_log.hpp"
#include "object/object_data.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using libbpf::LoaderLog;

const char* const own_kernel = "/sys/kernel/btf/vmlinux";

struct Tally {
  std::size_t relocated = 0;  ///< loads in which libbpf relocated
  std::size_t lines = 0;
  std::size_t patches = 0;
  std::set<std::string> stopped_before;  ///< objects for which libbpf stops before relocating
  std::vector<std::string> differences;
};

/// The result of patching an instruction.
struct Patch {
  bool poison = false;
  std::uint64_t value = 0;
  bool operator==(const Patch&) const = default;
};

/// Patches by program and index of the instruction in the program. type_id_target is left out.
using Patches = std::map<std::pair<std::string, std::uint32_t>, Patch>;

/// Reads lines such as "patched insn #5 (LDX/ST/STX) off 32 -> 36", with imm, off or imm64. Lines with mem_sz are
/// ignored.
Patches patches_of(const LoaderLog& log) {
  static const std::regex patched(R"(patched insn #(\d+) .*\) (?:imm|off|imm64) \d+ -> (\d+))");
  static const std::regex poisoned(R"(substituting insn #(\d+) .*)");
  Patches patches;
  for (const auto& [record, lines] : log.outcomes) {
    for (const std::string& line : lines) {
      std::smatch parts;
      if (std::regex_match(line, parts, patched)) {
        patches[{record.program, std::stoul(parts[1])}] = {.poison = false, .value = std::stoull(parts[2])};
      } else if (std::regex_match(line, parts, poisoned)) {
        patches[{record.program, std::stoul(parts[1])}] = {.poison = true};
      }
    }
  }
  return patches;
}

/// Compares the result of the resolver in this process with that of the complete loader, for each instruction. This
/// also checks the instruction to which BpfObject assigns a record.
void compare_with_resolver(const OracleObject& object, ResolverTarget& kernel, const LoaderLog& log,
                           const std::map<std::string, bool>& chosen, Tally& tally) {
  const object::ObjectData& data = object::data_of(object.parsed());
  std::vector<bool> programs;
  for (const Program& each : object.parsed().programs()) {
    // A program that libbpf does not list is a subprogram, and is always relocated.
    const auto found = chosen.find(each.name);
    programs.push_back(found == chosen.end() || found->second);
  }
  const Patches patches = patches_of(log);
  for (const Verdict& verdict : object.resolver.resolve(kernel, programs, Rules::linked)) {
    if (verdict.failed()) return;  // the loader stops here
    if (verdict.kind == BPF_CORE_TYPE_ID_TARGET && !verdict.poison) continue;
    const object::Record& record = data.records[verdict.relocation];
    const auto found = patches.find({data.programs[record.program].name, record.insn});
    const Patch expected = {verdict.poison, verdict.poison ? 0 : verdict.new_val};
    ++tally.patches;
    if (found != patches.end() && found->second == expected) continue;
    tally.differences.push_back(object.name() + ": relocation #" + std::to_string(verdict.relocation) +
                                ": the loader has another value than the resolver: " + verdict.text());
  }
}

void compare_loads(const OracleObject& object, const std::string& reduced, ResolverTarget& kernel, bool every_second,
                   Tally& tally) {
  std::map<std::string, bool> chosen;
  const auto choose = [&](std::size_t index, const std::string& program) {
    return chosen[program] = !every_second || index % 2 == 0;
  };
  const LoaderLog full = libbpf::load_with_btf(object.bytes, own_kernel, choose);
  const LoaderLog small = libbpf::load_with_btf(object.bytes, reduced, choose);
  if (full.outcomes.empty() && small.outcomes.empty()) {
    if (!every_second) tally.stopped_before.insert(object.name());
    return;
  }
  ++tally.relocated;
  for (const auto& [record, lines] : full.outcomes) {
    tally.lines += lines.size();
    const auto found = small.outcomes.find(record);
    if (found != small.outcomes.end() && found->second == lines) continue;
    tally.differences.push_back(object.name() + ": full and reduced: " + record.program + " relocation #" +
                                std::to_string(record.number) + ": " + lines.back());
  }
  CHECK(small.outcomes.size() == full.outcomes.size());
  compare_with_resolver(object, kernel, full, chosen, tally);
}

}  // namespace

TEST_CASE("loader: libbpf's loader prints the same for each relocation with the full and the reduced BTF") {
  listen_to_libbpf();
  if (!std::filesystem::exists(own_kernel)) return skip_test("this machine's kernel has no BTF");
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const std::vector<OracleObject> tools = tool_objects();
  if (tools.empty()) return missing("Debian's package libbpf-tools");
  OracleKernel kernel = oracle_kernel(bytes_of(own_kernel), own_kernel);

  // All objects share one file, as in a shipped archive. The tests' own objects have kinds of relocations that the
  // tools lack.
  const std::vector<OracleObject> own = test_objects("el");
  std::vector<BpfObject> parsed;
  for (const OracleObject& object : tools) parsed.push_back(object.parsed());
  for (const OracleObject& object : own) parsed.push_back(object.parsed());
  const TempDir directory;
  const std::string reduced = directory.write("min.btf", Plan(std::move(parsed)).minimize(kernel.btf).bytes);

  Tally tally;
  for (const std::vector<OracleObject>* objects : {&tools, &own}) {
    for (const OracleObject& object : *objects) {
      compare_loads(object, reduced, kernel.target, false, tally);
      compare_loads(object, reduced, kernel.target, true, tally);
      const std::vector<std::uint8_t> alone = Plan({object.parsed()}).minimize(kernel.btf).bytes;
      compare_loads(object, directory.write("alone.btf", alone), kernel.target, false, tally);
    }
  }
  std::cout << tools.size() << " objects of libbpf-tools with relocations, " << own.size() << " of the tests; "
            << tally.relocated << " loads relocated, " << tally.lines << " lines and " << tally.patches
            << " instructions compared\n"
            << tally.stopped_before.size() << " objects stop before relocation:";
  for (const std::string& name : tally.stopped_before) std::cout << ' ' << name;
  std::cout << '\n';
  for (const std::string& each : tally.differences) std::cout << "  DIFFERENT: " << each << '\n';
  CHECK(tally.differences.empty());
  CHECK(tally.lines > 0);
  // Debian's tools. All others must have been relocated, because otherwise nothing was compared.
  CHECK(tally.stopped_before.size() <= 2);
}

}  // namespace minbtf::test
