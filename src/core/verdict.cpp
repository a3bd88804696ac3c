// SPDX-License-Identifier: BSD-2-Clause
#include "core/verdict.hpp"

#include <limits>

namespace minbtf::core {

namespace {

// Fields of the opcode, as in linux/bpf_common.h and linux/bpf.h.
constexpr std::uint8_t class_mask = 0x07;
constexpr std::uint8_t class_ld = 0x00;
constexpr std::uint8_t class_ldx = 0x01;
constexpr std::uint8_t class_st = 0x02;
constexpr std::uint8_t class_stx = 0x03;
constexpr std::uint8_t class_alu = 0x04;
constexpr std::uint8_t class_alu64 = 0x07;
constexpr std::uint8_t source_mask = 0x08;
constexpr std::uint8_t ldimm64 = 0x18;

std::uint32_t memory_size(std::uint8_t code) {
  switch (code & 0x18U) {
    case 0x00:
      return 4;
    case 0x08:
      return 2;
    case 0x10:
      return 1;
    default:
      return 8;
  }
}

bool is_memory_size(std::uint32_t bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }

/// Returns true if libbpf compares the instruction with the local value (bpf_core_calc_relo()). libbpf does not do so
/// for a bitfield, whose load the compiler chose, except for its signedness and right shift. It does not do so for type
/// ids, which linking changes.
bool holds_original(const Asked& asked) {
  switch (asked.question.kind) {
    case RelocationKind::field_byte_offset:
    case RelocationKind::field_byte_size:
    case RelocationKind::field_lshift_u64:
      return !asked.original.is_bitfield;
    case RelocationKind::type_id_local:
    case RelocationKind::type_id_target:
      return false;
    case RelocationKind::field_exists:
    case RelocationKind::field_signed:
    case RelocationKind::field_rshift_u64:
    case RelocationKind::type_exists:
    case RelocationKind::type_size:
    case RelocationKind::enumval_exists:
    case RelocationKind::enumval_value:
    case RelocationKind::type_matches:
      return true;
  }
  return true;
}

/// Returns true if libbpf adjusts a load to another size: for pointers and for integers without a sign, because
/// zero-extension keeps their values.
bool may_adjust_load(LoadClass original, LoadClass found) { return original != LoadClass::other && original == found; }

Resolution fail(Resolution out, Failure why) {
  out.status = Status::failed;
  out.failure = why;
  out.value = 0;
  out.load_size = 0;
  return out;
}

Resolution poison(Resolution out) {
  out.status = Status::poisoned;
  out.value = 0;
  out.load_size = 0;
  return out;
}

PatchRule::Form memory_form(const Asked& asked, const object::Instruction& insn) {
  const bool holds =
      !holds_original(asked) || static_cast<std::uint64_t>(std::int64_t{insn.off}) == asked.original.value;
  return holds ? PatchRule::Form::memory : PatchRule::Form::unexpected;
}

PatchRule::Form immediate_form(const Asked& asked, std::uint64_t immediate) {
  const bool holds = !holds_original(asked) || immediate == asked.original.value;
  return holds ? PatchRule::Form::immediate : PatchRule::Form::unexpected;
}

PatchRule::Form wide_form(const Asked& asked, const object::Instruction& low, const object::Instruction& high) {
  if (low.code != ldimm64 || low.src_reg != 0 || low.off != 0 || high.code != 0 || high.dst_reg != 0 ||
      high.src_reg != 0 || high.off != 0) {
    return PatchRule::Form::unexpected;
  }
  return immediate_form(asked, static_cast<std::uint32_t>(low.imm) |
                                   static_cast<std::uint64_t>(static_cast<std::uint32_t>(high.imm)) << 32U);
}

PatchRule::Form form_of(const Asked& asked, const object::Record& record) {
  using Form = PatchRule::Form;
  // libbpf fails without a complete instruction.
  if (!record.instruction || (record.instruction->code == ldimm64 && !record.second_half)) return Form::missing;
  const object::Instruction& insn = *record.instruction;
  switch (insn.code & class_mask) {
    case class_alu:
    case class_alu64:
      if ((insn.code & source_mask) != 0) return Form::unexpected;
      return immediate_form(asked, static_cast<std::uint64_t>(std::int64_t{insn.imm}));
    case class_ldx:
    case class_st:
    case class_stx:
      return memory_form(asked, insn);
    case class_ld:
      return record.second_half ? wide_form(asked, insn, *record.second_half) : Form::unexpected;
    default:
      return Form::unexpected;
  }
}

Resolution patch_memory(Resolution out, const PatchRule& rule, const Verdict& verdict, ArrayLoad arrays) {
  if (out.value > static_cast<std::uint64_t>(std::numeric_limits<std::int16_t>::max())) {
    return fail(out, Failure::offset_too_large);
  }
  const bool whole = arrays == ArrayLoad::whole;
  const std::uint32_t before = whole ? rule.original_total_bytes : rule.original_bytes;
  const std::uint32_t after = whole ? verdict.value.total_bytes : verdict.value.element_bytes;
  out.load_size = rule.access_bytes;
  if (before == after) return out;
  if (!may_adjust_load(rule.load_class, verdict.value.load_class)) return poison(out);
  if (out.load_size != before || !is_memory_size(after)) return fail(out, Failure::bad_load_size);
  out.load_size = after;
  return out;
}

Verdict failed(Verdict out, Failure why) {
  out.failure = why;
  out.matching = 0;
  return out;
}

bool poisons_without_match(RelocationKind kind) {
  return (is_field_based(kind) && kind != RelocationKind::field_exists) || kind == RelocationKind::enumval_value;
}

}  // namespace

PatchRule rule_of(const Asked& asked, const object::Record& record) {
  PatchRule rule = {.kind = asked.question.kind,
                    .invalid = asked.invalid,
                    .original_failure = asked.original.failure,
                    .form = form_of(asked, record)};
  if (rule.form == PatchRule::Form::memory) {
    rule.load_class = asked.original.load_class;
    rule.original_bytes = asked.original.element_bytes;
    rule.original_total_bytes = asked.original.total_bytes;
    rule.access_bytes = memory_size(record.instruction->code);
  }
  if (rule.kind == RelocationKind::type_id_local) rule.local_id = asked.original.value;
  return rule;
}

bool fails_everywhere(const PatchRule& rule) noexcept {
  // An unexpected instruction can still be poisoned.
  return rule.invalid != Failure::none || rule.original_failure != Failure::none ||
         rule.form == PatchRule::Form::missing ||
         (rule.form == PatchRule::Form::unexpected && !poisons_without_match(rule.kind));
}

/// Narrowing: the loop at the end of bpf_core_calc_relo_insn() of relo_core.c.
///  1. An invalid record fails (bpf_core_parse_spec()).
///  2. type_id_local has the local type's id as its value, and needs no candidate.
///  3. The candidates on the list are visited in order. A candidate that does not match is skipped.
///  4. A candidate whose match fails makes the record fail.
///  5. At a candidate that matches, the record fails if the local type has no value, or if the candidate has none.
///  6. The first candidate that matches gives the value. A later one with another bit offset, or with another value, is
///     an ambiguity: the record fails.
///  7. If some candidates match, the list is narrowed to them. Later records of the same local type use this list.
///  8. If no candidate matches, the list stays. The record fails if the local type has no value. Otherwise
///     field_exists, enumval_exists and all type relocations are 0, and the other kinds are poisoned.
///
/// Example: candidates A and B. Record 1 matches only A, so the list is narrowed to A. Record 2 of the same local type
/// would match only B: no candidate on the list matches, and record 2 is poisoned. In the opposite order record 1 is
/// poisoned.
Verdict decide(const PatchRule& rule, std::span<const Outcome> outcomes, std::vector<CandidateClass>& list) {
  Verdict out;
  if (rule.invalid != Failure::none) return failed(out, rule.invalid);
  if (rule.kind == RelocationKind::type_id_local) {
    out.matched = true;
    out.value.value = rule.local_id;
    return out;
  }
  for (const CandidateClass& each : list) out.candidates += each.size;
  std::uint32_t first_bit_offset = 0;
  for (const CandidateClass& each : list) {
    const Outcome& outcome = outcomes[each.first];
    if (outcome.state == Answer::State::no) continue;
    if (rule.original_failure != Failure::none && outcome.state == Answer::State::yes) {
      return failed(out, rule.original_failure);
    }
    if (outcome.state == Answer::State::failed) return failed(out, outcome.failure);
    if (out.matching == 0) {
      out.first = each.first;
      out.value = outcome.value;
      first_bit_offset = outcome.bit_offset;
    } else if (outcome.bit_offset != first_bit_offset) {
      return failed(out, Failure::ambiguous_offset);
    } else if (outcome.value.value != out.value.value) {
      return failed(out, Failure::ambiguous_value);
    }
    out.matching += each.size;
  }
  if (out.matching == 0) {
    if (rule.original_failure != Failure::none) return failed(out, rule.original_failure);
    out.poison = poisons_without_match(rule.kind);
    return out;
  }
  out.matched = true;
  std::erase_if(list, [&](const CandidateClass& each) { return outcomes[each.first].state == Answer::State::no; });
  return out;
}

/// bpf_object__relocate_core() of libbpf.c, then bpf_core_patch_insn() of relo_core.c:
///  1. A failure of decide() is kept. A missing instruction fails.
///  2. Poison replaces any instruction.
///  3. The instruction is an ALU or ALU64 with an immediate, an LDX, ST or STX, or an LD of a 64-bit immediate without
///     relocation. It holds the local value, if libbpf compares it (holds_original()). Otherwise: fails.
///  4. ALU, ALU64 and LD take the value as their immediate.
///  5. LDX, ST and STX take an offset of at most 32767. A larger offset fails.
///  6. LDX, ST and STX, if the field has another size than in the object: libbpf adjusts the size of the access if both
///     fields are pointers, or both are integers without a sign; otherwise it poisons the instruction. The size of the
///     access must be that of the field in the object, and the new size must be 1, 2, 4 or 8; otherwise: fails.
Resolution patch(const PatchRule& rule, const Verdict& verdict, ArrayLoad arrays) {
  Resolution out = {.status = Status::resolved,
                    .value = verdict.value.value,
                    .candidates = verdict.candidates,
                    .matching = verdict.matching};
  if (verdict.failure != Failure::none) return fail(out, verdict.failure);
  if (rule.form == PatchRule::Form::missing) return fail(out, Failure::unexpected_instruction);
  if (verdict.poison) return poison(out);
  if (rule.form == PatchRule::Form::unexpected) return fail(out, Failure::unexpected_instruction);
  return rule.form == PatchRule::Form::memory ? patch_memory(out, rule, verdict, arrays) : out;
}

}  // namespace minbtf::core
