#include "core/verdict.hpp"

#include <limits>

namespace minbtf::core {

namespace {

// linux/bpf_common.h and linux/bpf.h: the opcode's fields.
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

/// bpf_core_calc_relo() turns off the comparison with what the instruction holds for bitfields, whose load the
/// compiler chose, except for signedness and right shift, and for type ids, which linking changes.
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

/// Loads of another size are adjusted only for pointers and unsigned integers: zero-extension keeps their value.
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
  // libbpf reads nothing it has no whole instruction for.
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
  // An instruction that does not hold what it should can still be poisoned.
  return rule.invalid != Failure::none || rule.original_failure != Failure::none ||
         rule.form == PatchRule::Form::missing ||
         (rule.form == PatchRule::Form::unexpected && !poisons_without_match(rule.kind));
}

/// The end of bpf_core_calc_relo_insn() of relo_core.c:
///  1. A record that describes no access fails. type_id_local needs no candidate.
///  2. The candidates on the list are gone through in order. One that does not match is passed by; the first that fails
///     makes the record fail.
///  3. The first that matches gives the value. A later one with another offset, or with another value, is an ambiguity.
///  4. There is no value for the local type: the record fails at the first candidate that matches, or after all.
///  5. Some match: only they stay on the list.
///  6. None matches: the list stays. A question whether something exists, and a question about a type, has the value 0;
///     all others are poisoned.
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

/// bpf_core_patch_insn() of relo_core.c:
///  1. Poison takes the place of any instruction.
///  2. The instruction can be patched, and holds the local value where that is compared (holds_original()). Otherwise
///  it
///     fails.
///  3. A load or store takes offsets up to 32767.
///  4. The size of a load is adjusted to the field's if both are pointers, or both are integers without a sign.
///  Otherwise
///     another size is poison. A size that no load has fails.
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
