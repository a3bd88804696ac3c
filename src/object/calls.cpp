// SPDX-License-Identifier: BSD-2-Clause
#include "object/calls.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/sorted.hpp"

namespace minbtf::object {

namespace {

// Opcodes, as in the kernel's Documentation/bpf/standardization/instruction-set.rst.
constexpr std::uint8_t op_call = 0x85;
constexpr std::uint8_t pseudo_call = 1;  ///< src_reg of a call of a subprogram

constexpr auto size = static_cast<std::int64_t>(instruction_size);

bool is_call(const Instruction& insn) {
  return insn.code == op_call && insn.src_reg == pseudo_call && insn.dst_reg == 0 && insn.off == 0;
}
/// True if the instruction may take the address of a subprogram. Its relocation decides.
bool is_address(const Instruction& insn) { return insn.code == op_ld_imm64; }

/// Finds the subprogram of each call. Rules of libbpf.c, bpf_object__reloc_code():
/// 1. Calls of subprograms and 16-byte instructions that take the address of a subprogram count. All other instructions
///    are skipped.
/// 2. A call with a relocation: the callee is at the symbol's offset plus (imm + 1) instructions. (imm is -1 for a
///    global function. A static function is relocated by its section, and imm leads to its start.)
/// 3. An address with a relocation: the callee is at the symbol's offset plus imm bytes.
/// 4. A call without a relocation: the callee is in the same section, (imm + 1) instructions from the call. An address
///    without a relocation is an error.
/// 5. The callee must be the program of `.text` that has this offset (find_prog_by_sec_insn()).
/// libbpf refuses an object that breaks a rule. Here such calls are left out.
class CallFinder {
 public:
  CallFinder(const elf::ElfFile& elf, std::span<const elf::CodeSection> code, const ObjectData& data)
      : code_(code), data_(data) {
    for (const elf::CodeSection& section : code) {
      if (section.name == ".text") text_ = section.index;
    }
    for (const elf::CodeRelocation& relocation : elf.code_relocations()) {
      relocations_.try_emplace({relocation.section, relocation.offset}, relocation);
    }
  }

  std::vector<Call> run() {
    for (std::size_t program = 0; program < data_.programs.size(); ++program) scan(program);
    return std::move(calls_);
  }

 private:
  void scan(std::size_t program) {
    const ProgramExtent& extent = data_.extents[program];
    const auto section = std::ranges::lower_bound(code_, extent.section, {}, &elf::CodeSection::index);
    for (std::uint64_t at = 0; extent.size - at >= instruction_size; at += instruction_size) {
      const std::uint64_t offset = extent.offset + at;
      const Instruction insn = decode(section->data, offset, data_.order);
      if (!is_call(insn) && !is_address(insn)) continue;
      const auto target = target_of(insn, extent.section, offset);
      const std::size_t callee = target ? data_.program_at(text_, *target) : no_program;
      if (callee == no_program) continue;
      calls_.push_back(
          {.program = program, .insn = static_cast<std::uint32_t>(at / instruction_size), .callee = callee});
    }
  }

  /// Returns the offset of the callee in bytes from the start of `.text`, or nothing if it is elsewhere.
  [[nodiscard]] std::optional<std::uint64_t> target_of(const Instruction& insn, std::uint32_t section,
                                                       std::uint64_t offset) const {
    std::int64_t target = 0;
    const auto known = relocations_.find({section, offset});
    if (known != relocations_.end()) {
      if (known->second.target_section != text_ || known->second.target_offset > largest_offset) return std::nullopt;
      const auto symbol = static_cast<std::int64_t>(known->second.target_offset);
      target = is_call(insn) ? symbol + (std::int64_t{insn.imm} + 1) * size : symbol + insn.imm;
    } else {
      // clang resolves a call within one section and leaves no relocation. An address always has a relocation.
      if (section != text_ || is_address(insn)) return std::nullopt;
      target = static_cast<std::int64_t>(offset) + (std::int64_t{insn.imm} + 1) * size;
    }
    return target < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(target));
  }

  static constexpr std::uint64_t largest_offset = std::uint64_t{1} << 48U;  ///< so that no sum with an imm overflows

  std::span<const elf::CodeSection> code_;
  const ObjectData& data_;
  std::uint32_t text_ = 0;
  std::map<std::pair<std::uint32_t, std::uint64_t>, elf::CodeRelocation> relocations_;
  std::vector<Call> calls_;
};

/// Adds all direct and indirect callees of `members` that are not in `seen`, to both `members` and `seen`.
void add_callees(const ObjectData& data, std::set<std::size_t>& seen, std::vector<std::size_t>& members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (const Call& call : base::equal_elements(data.calls, members[i], &Call::program)) {
      if (seen.insert(call.callee).second) members.push_back(call.callee);
    }
  }
}

/// Returns the cost of each program in a load unit: one for itself, for each record and for each call.
std::vector<std::size_t> costs(const ObjectData& data) {
  std::vector<std::size_t> costs(data.programs.size(), 1);
  for (const Record& record : data.records) {
    if (record.program != no_program) ++costs[record.program];
  }
  for (const Call& call : data.calls) ++costs[call.program];
  return costs;
}

}  // namespace

std::vector<Call> find_calls(const elf::ElfFile& elf, std::span<const elf::CodeSection> code, const ObjectData& data) {
  for (std::size_t i = 0; i < data.programs.size(); ++i) {
    if (data.is_subprogram(i)) return CallFinder(elf, code, data).run();
  }
  return {};  // the common case: no subprogram, no search
}

std::vector<std::size_t> loaded_programs(const ObjectData& data) {
  std::set<std::size_t> seen;
  std::vector<std::size_t> programs;
  for (const bool subprograms : {false, true}) {
    for (std::size_t i = 0; i < data.programs.size(); ++i) {
      if (data.is_subprogram(i) != subprograms || !seen.insert(i).second) continue;
      programs.push_back(i);
      std::vector<std::size_t> members = {i};
      add_callees(data, seen, members);
    }
  }
  std::ranges::sort(programs);
  return programs;
}

std::vector<LoadUnit> load_units(const ObjectData& data, std::size_t most) {
  const std::vector<std::size_t> costs_of = costs(data);
  const std::vector<std::size_t> programs = loaded_programs(data);
  const bool has_programs = std::ranges::any_of(programs, [&](std::size_t i) { return !data.is_subprogram(i); });
  std::vector<LoadUnit> units;
  for (const std::size_t program : programs) {
    LoadUnit& unit = units.emplace_back(
        LoadUnit{.program = program, .is_orphan = has_programs && data.is_subprogram(program), .members = {program}});
    std::set<std::size_t> seen = {program};
    add_callees(data, seen, unit.members);
    for (const std::size_t member : unit.members) {
      const std::size_t cost = member == program ? 0 : costs_of[member];
      if (cost > most) return {};
      most -= cost;
    }
    std::ranges::sort(unit.members);
  }
  return units;
}

}  // namespace minbtf::object
