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
bool may_adjust_load(const FieldValue& original, const FieldValue& value) {
  return original.load_class != LoadClass::other && original.load_class == value.load_class;
}

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

Resolution patch_memory(Resolution out, const Asked& asked, const Verdict& verdict, const object::Instruction& insn) {
  if (holds_original(asked) && static_cast<std::uint64_t>(std::int64_t{insn.off}) != asked.original.value) {
    return fail(out, Failure::unexpected_instruction);
  }
  if (out.value > static_cast<std::uint64_t>(std::numeric_limits<std::int16_t>::max())) {
    return fail(out, Failure::offset_too_large);
  }
  const std::uint32_t before = asked.original.element_bytes;
  const std::uint32_t after = verdict.value.element_bytes;
  out.load_size = memory_size(insn.code);
  if (before == after) return out;
  if (!may_adjust_load(asked.original, verdict.value)) return poison(out);
  if (out.load_size != before || !is_memory_size(after)) return fail(out, Failure::bad_load_size);
  out.load_size = after;
  return out;
}

Resolution patch_wide(Resolution out, const Asked& asked, const object::Record& record) {
  const object::Instruction& low = *record.instruction;
  const auto& high = record.second_half;
  if (low.code != ldimm64 || low.src_reg != 0 || low.off != 0 || high->code != 0 || high->dst_reg != 0 ||
      high->src_reg != 0 || high->off != 0) {
    return fail(out, Failure::unexpected_instruction);
  }
  const std::uint64_t imm =
      static_cast<std::uint32_t>(low.imm) | static_cast<std::uint64_t>(static_cast<std::uint32_t>(high->imm)) << 32U;
  if (holds_original(asked) && imm != asked.original.value) return fail(out, Failure::unexpected_instruction);
  return out;
}

Verdict failed(Verdict out, Failure why) {
  out.failure = why;
  return out;
}

bool poisons_without_match(RelocationKind kind) {
  return (is_field_based(kind) && kind != RelocationKind::field_exists) || kind == RelocationKind::enumval_value;
}

}  // namespace

Verdict decide(const Asked& asked, std::span<const Outcome> outcomes, std::vector<std::uint32_t>& list) {
  Verdict out;
  if (asked.invalid != Failure::none) return failed(out, asked.invalid);
  if (asked.question.kind == RelocationKind::type_id_local) {
    out.matched = true;
    out.value.value = asked.original.value;
    return out;
  }
  out.candidates = static_cast<std::uint32_t>(list.size());
  std::vector<std::uint32_t> matching;
  std::uint32_t first_bit_offset = 0;
  for (const std::uint32_t index : list) {
    const Outcome& outcome = outcomes[index];
    if (outcome.state == Answer::State::no) continue;
    if (asked.original.failure != Failure::none && outcome.state == Answer::State::yes) {
      return failed(out, asked.original.failure);
    }
    if (outcome.state == Answer::State::failed) return failed(out, outcome.failure);
    if (matching.empty()) {
      out.first = index;
      out.value = outcome.value;
      first_bit_offset = outcome.bit_offset;
    } else if (outcome.bit_offset != first_bit_offset) {
      return failed(out, Failure::ambiguous_offset);
    } else if (outcome.value.value != out.value.value) {
      return failed(out, Failure::ambiguous_value);
    }
    matching.push_back(index);
  }
  if (matching.empty()) {
    if (asked.original.failure != Failure::none) return failed(out, asked.original.failure);
    out.poison = poisons_without_match(asked.question.kind);
    return out;
  }
  out.matched = true;
  out.matching = static_cast<std::uint32_t>(matching.size());
  list = std::move(matching);
  return out;
}

Resolution patch(const Asked& asked, const Verdict& verdict, const object::Record& record) {
  Resolution out = {.status = Status::resolved,
                    .value = verdict.value.value,
                    .candidates = verdict.candidates,
                    .matching = verdict.matching};
  if (verdict.failure != Failure::none) return fail(out, verdict.failure);
  // libbpf reads nothing it has no whole instruction for.
  if (!record.instruction || (record.instruction->code == ldimm64 && !record.second_half)) {
    return fail(out, Failure::unexpected_instruction);
  }
  if (verdict.poison) return poison(out);

  const object::Instruction& insn = *record.instruction;
  switch (insn.code & class_mask) {
    case class_alu:
    case class_alu64:
      if ((insn.code & source_mask) != 0) return fail(out, Failure::unexpected_instruction);
      if (holds_original(asked) && static_cast<std::uint64_t>(std::int64_t{insn.imm}) != asked.original.value) {
        return fail(out, Failure::unexpected_instruction);
      }
      return out;
    case class_ldx:
    case class_st:
    case class_stx:
      return patch_memory(out, asked, verdict, insn);
    case class_ld:
      return patch_wide(out, asked, record);
    default:
      return fail(out, Failure::unexpected_instruction);
  }
}

}  // namespace minbtf::core
