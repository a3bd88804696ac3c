// SPDX-License-Identifier: BSD-2-Clause
#include "support/check_case.hpp"

#include <algorithm>
#include <cctype>
#include <memory>

#include "support/forge/object_forge.hpp"

namespace minbtf::test {

namespace {

constexpr std::string_view all_members = "abcdefgh";
constexpr std::uint32_t int_bits = 32;

bool is_upper(char letter) { return std::isupper(static_cast<unsigned char>(letter)) != 0; }

void add_struct(BtfForge& btf, std::uint32_t integer, const std::string& members, std::uint32_t shift) {
  std::vector<ForgedMember> forged;
  for (const char name : members) {
    const auto index = static_cast<std::uint32_t>(all_members.find(name)) + shift;
    forged.push_back({std::string(1, name), integer, int_bits * index});
  }
  btf.structure("s", 64, forged);
}

}  // namespace

std::vector<std::uint8_t> kernel_with(const std::string& members, bool twice) {
  BtfForge btf;
  btf.integer("long", 8, 1);
  const auto integer = btf.integer("int", 4, 1);
  add_struct(btf, integer, members, 0);
  if (twice) add_struct(btf, integer, members, 1);
  return btf.bytes();
}

std::vector<std::uint8_t> asking_object(const std::vector<AskingProgram>& programs) {
  BtfForge local;
  const auto integer = local.integer("int", 4, 1);
  const std::uint32_t s = local.next_id();
  add_struct(local, integer, std::string(all_members), 0);
  std::vector<ForgedProgram> forged;
  for (const AskingProgram& program : programs) {
    ForgedProgram& out = forged.emplace_back();
    out.name = program.name;
    out.section = program.section.empty() ? "tp/" + program.name : program.section;
    if (std::ranges::any_of(program.members, is_upper)) out.insns.push_back(branch_insn());
    for (const char member : program.members) {
      const bool asks = is_upper(member);
      const std::size_t index = all_members.find(static_cast<char>(std::tolower(static_cast<unsigned char>(member))));
      const RelocationKind kind = asks ? RelocationKind::field_exists : RelocationKind::field_byte_offset;
      out.records.push_back({.insn = static_cast<std::uint32_t>(out.insns.size()),
                             .type_id = s,
                             .access = "0:" + std::to_string(index),
                             .kind = static_cast<std::uint32_t>(kind)});
      out.insns.push_back(mov_imm(asks ? 1 : static_cast<std::int32_t>(4 * index)));
    }
    out.insns.push_back(exit_insn());
  }
  return forge_object(local, forged);
}

BpfObject asking_object(const std::string& name, const std::vector<AskingProgram>& programs) {
  return BpfObject::parse(asking_object(programs), name);
}

cli::CheckResult checked(const Plan& plan,
                         const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& kernels) {
  cli::CheckOutcomeStore store(plan.objects().size());
  std::vector<cli::CheckedKernel> checked;
  for (const auto& [path, bytes] : kernels) {
    checked.push_back({.path = path, .outcome = store.add(plan.check(Btf::parse(bytes, path)))});
  }
  return {plan, std::move(checked)};
}

}  // namespace minbtf::test
