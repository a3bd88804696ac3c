// SPDX-License-Identifier: BSD-2-Clause
#include "core/registers.hpp"

#include "core/instruction_set.hpp"

namespace minbtf::core {

namespace {

using object::Instruction;

std::uint64_t sign_extend(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

/// Returns the result of `dst op src` if the verifier knows it for two numbers. After an overflow older verifiers soon
/// forget the result, because its bounds and its bits no longer agree; it is unknown here.
Number compute(const Instruction& insn, std::uint64_t dst, std::uint64_t src) {
  const bool wide = bpf::class_of(insn) == bpf::alu64;
  const std::uint64_t a = wide ? dst : low_half(dst);
  const std::uint64_t b = wide ? src : low_half(src);
  const unsigned bits = wide ? 64 : 32;  // a shift by more (all 64 bits of `src` count) makes the result unknown
  const auto result = [&](std::uint64_t value) { return Number(wide ? value : low_half(value)); };
  std::int64_t ignored = 0;
  const auto sa = static_cast<std::int64_t>(a);
  const auto sb = static_cast<std::int64_t>(b);
  switch (bpf::op_of(insn)) {
    case bpf::add:
      return __builtin_add_overflow(sa, sb, &ignored) ? std::nullopt : result(a + b);
    case bpf::sub:
      if (!wide && a < b) return std::nullopt;
      return __builtin_sub_overflow(sa, sb, &ignored) ? std::nullopt : result(a - b);
    case bpf::mul:
      return result(a * b);
    case bpf::or_:
      return result(a | b);
    case bpf::and_:
      return result(a & b);
    case bpf::lsh:
      return src < bits ? result(a << b) : std::nullopt;
    case bpf::rsh:
      return src < bits ? result(a >> b) : std::nullopt;
    case bpf::arsh:  // 32 bits: before Linux 5.6 computed as if it had 64
      return wide && src < bits ? result(sign_extend(sa >> b)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Returns the result of `dst op src`. `dst` and `src` are extended to 64 bits by zeros, `sdst` and `ssrc` by their
/// sign. Returns nothing if `op` is no comparison.
std::optional<bool> compare(unsigned op, std::uint64_t dst, std::uint64_t src, std::int64_t sdst, std::int64_t ssrc) {
  switch (op) {
    case bpf::jeq:
      return dst == src;
    case bpf::jne:
      return dst != src;
    case bpf::jgt:
      return dst > src;
    case bpf::jge:
      return dst >= src;
    case bpf::jlt:
      return dst < src;
    case bpf::jle:
      return dst <= src;
    case bpf::jset:
      return (dst & src) != 0;
    case bpf::jsgt:
      return sdst > ssrc;
    case bpf::jsge:
      return sdst >= ssrc;
    case bpf::jslt:
      return sdst < ssrc;
    case bpf::jsle:
      return sdst <= ssrc;
    default:
      return std::nullopt;
  }
}

/// One call of execute().
class Execution {
 public:
  Execution(const Operation& operation, Verifier verifier, const ReadOnlyData::Load& load, Registers& registers)
      : insn_(operation.insn),
        patch_(operation.patch),
        address_(operation.address),
        verifier_(verifier),
        load_(load),
        registers_(registers) {}

  void run() {
    switch (bpf::class_of(insn_)) {
      case bpf::alu:
      case bpf::alu64:
        if (bpf::op_of(insn_) > bpf::end) break;
        if (const auto moved = moved_address()) {
          registers_.set_address(insn_.dst_reg, *moved);
        } else {
          registers_.set(insn_.dst_reg, arithmetic());
        }
        return;
      case bpf::ld:
        if (insn_.code == bpf::ld_imm64) {
          registers_.set(insn_.dst_reg, patch_ != nullptr && verifier_ != Verifier::any ? *patch_ : std::nullopt);
          if (patch_ == nullptr && address_ != nullptr) registers_.set_address(insn_.dst_reg, *address_);
          return;
        }
        if (bpf::mode_of(insn_) != bpf::mode_abs && bpf::mode_of(insn_) != bpf::mode_ind) break;
        registers_.forget(Registers::caller_saved);
        return;
      case bpf::ldx:
        if (bpf::mode_of(insn_) != bpf::mode_mem && bpf::mode_of(insn_) != bpf::mode_memsx) break;
        registers_.set(insn_.dst_reg, patch_ != nullptr ? std::nullopt : loaded());
        return;
      case bpf::stx:
        if (bpf::mode_of(insn_) == bpf::mode_atomic) {
          // The operation (fetch, load-acquire, cmpxchg) decides which one of these registers it writes, if any.
          for (const std::uint8_t reg : {insn_.src_reg, insn_.dst_reg, std::uint8_t{0}}) {
            registers_.set(reg, std::nullopt);
          }
          return;
        }
        [[fallthrough]];
      default:
        if (bpf::mode_of(insn_) == bpf::mode_mem) return;
    }
    registers_.forget();  // an instruction of a newer instruction set
  }

 private:
  /// Returns the number that a load leaves in its register, if it is known.
  [[nodiscard]] Number loaded() const {
    static constexpr std::array<std::uint32_t, 4> sizes = {4, 2, 1, 8};
    const std::uint32_t bytes = sizes[insn_.code >> 3U & 3U];
    const auto address = registers_.address(insn_.src_reg);
    if (!address || !load_) return std::nullopt;
    const Number value = load_(address->section, address->offset + insn_.off, bytes);
    if (!value || bpf::mode_of(insn_) == bpf::mode_mem) return value;
    switch (bytes) {
      case 1:
        return sign_extend(static_cast<std::int8_t>(*value));
      case 2:
        return sign_extend(static_cast<std::int16_t>(*value));
      case 4:
        return sign_extend(static_cast<std::int32_t>(*value));
      default:
        return std::nullopt;
    }
  }

  /// Returns the second operand of an arithmetic instruction.
  [[nodiscard]] Number operand() const {
    if (bpf::has_source_register(insn_)) return registers_.get(insn_.src_reg);
    if (!patch_) return sign_extend(insn_.imm);
    if (!*patch_) return std::nullopt;
    return sign_extend(static_cast<std::int32_t>(**patch_));
  }

  /// Returns the address that an arithmetic instruction leaves in its register, if it is one. The verifier rejects
  /// offsets of 2^29 and more (check_reg_sane_offset()).
  [[nodiscard]] std::optional<Address> moved_address() const {
    constexpr std::int64_t largest = std::int64_t{1} << 29U;
    if (bpf::class_of(insn_) != bpf::alu64 || insn_.off != 0) return std::nullopt;
    auto address = registers_.address(insn_.dst_reg);
    Number by = operand();
    switch (bpf::op_of(insn_)) {
      case bpf::mov:
        return bpf::has_source_register(insn_) ? registers_.address(insn_.src_reg) : std::nullopt;
      case bpf::add:
        if (!address && bpf::has_source_register(insn_)) {
          address = registers_.address(insn_.src_reg);
          by = registers_.get(insn_.dst_reg);
        }
        break;
      case bpf::sub:
        if (by) by = 0 - *by;
        break;
      default:
        return std::nullopt;
    }
    if (!address || !by) return std::nullopt;
    const auto distance = static_cast<std::int64_t>(*by);
    if (distance <= -largest || distance >= largest) return std::nullopt;
    address->offset += distance;
    if (address->offset <= -largest || address->offset >= largest) return std::nullopt;
    return address;
  }

  /// Returns the number that an arithmetic instruction leaves in its register, if it is known.
  [[nodiscard]] Number arithmetic() const {
    const bool wide = bpf::class_of(insn_) == bpf::alu64;
    const Number src = operand();
    if (!src) return std::nullopt;
    if (bpf::op_of(insn_) == bpf::mov) return move(*src);
    if (insn_.off != 0 || verifier_ == Verifier::any) return std::nullopt;
    if (verifier_ < Verifier::linux_5_1 && (!wide || bpf::op_of(insn_) == bpf::arsh)) return std::nullopt;
    const Number dst = registers_.get(insn_.dst_reg);
    return dst ? compute(insn_, *dst, *src) : std::nullopt;
  }

  [[nodiscard]] Number move(std::uint64_t src) const {
    const bool wide = bpf::class_of(insn_) == bpf::alu64;
    if (wide && insn_.off == 0) return src;
    if (!bpf::has_source_register(insn_)) return insn_.off == 0 ? Number(low_half(src)) : std::nullopt;
    if (verifier_ < Verifier::linux_5_1) return std::nullopt;
    const auto result = [&](std::int64_t value) {
      return Number(wide ? sign_extend(value) : low_half(sign_extend(value)));
    };
    switch (insn_.off) {
      case 0:
        return low_half(src);
      case 8:
        return result(static_cast<std::int8_t>(src));
      case 16:
        return result(static_cast<std::int16_t>(src));
      case 32:
        return wide ? result(static_cast<std::int32_t>(src)) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  const Instruction& insn_;
  const Number* patch_;
  const Address* address_;
  Verifier verifier_;
  const ReadOnlyData::Load& load_;
  Registers& registers_;
};

}  // namespace

void execute(const Operation& operation, Verifier verifier, const ReadOnlyData::Load& load, Registers& registers) {
  Execution(operation, verifier, load, registers).run();
}

std::optional<bool> is_taken(const Instruction& insn, Verifier verifier, const Registers& registers) {
  const Number dst = registers.get(insn.dst_reg);
  if (!dst || bpf::has_source_register(insn)) return std::nullopt;
  const unsigned op = bpf::op_of(insn);
  const std::uint64_t imm = sign_extend(insn.imm);
  if (bpf::class_of(insn) == bpf::jmp32) {
    return compare(op, low_half(*dst), low_half(imm), static_cast<std::int32_t>(*dst), insn.imm);
  }
  if (verifier < Verifier::linux_5_1 && op != bpf::jeq && op != bpf::jne) return std::nullopt;
  if (verifier == Verifier::any && *dst != imm) return std::nullopt;
  return compare(op, *dst, imm, static_cast<std::int64_t>(*dst), insn.imm);
}

}  // namespace minbtf::core
