// SPDX-License-Identifier: BSD-2-Clause
// The verifier's knowledge about the registers of a program, and how an instruction changes it: the numbers that
// core/reachability follows.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/verifier.hpp"
#include "object/object_data.hpp"

namespace minbtf::core {

/// A number in a register, as 64 bits. Empty: not known.
using Number = std::optional<std::uint64_t>;

/// A place in read-only data.
struct Address {
  std::uint32_t section = 0;  ///< as in ReadOnlyData::load
  std::int64_t offset = 0;    ///< bytes from the start of the section
};

/// Knowledge about r0 to r9: numbers that are scalars for the verifier as well, and addresses of read-only data.
class Registers {
 public:
  static constexpr std::uint8_t caller_saved = 6;  ///< r0 to r5
  static constexpr std::uint8_t tracked = 10;      ///< r0 to r9; r10 is the frame pointer

  [[nodiscard]] Number get(std::uint8_t reg) const {
    return knows(reg) && !has_address(reg) ? Number(values_[reg]) : std::nullopt;
  }
  [[nodiscard]] std::optional<Address> address(std::uint8_t reg) const {
    if (!knows(reg) || !has_address(reg)) return std::nullopt;
    return Address{.section = sections_[reg], .offset = static_cast<std::int64_t>(values_[reg])};
  }
  void set(std::uint8_t reg, Number value) {
    if (reg >= tracked) return;
    known_ = static_cast<std::uint16_t>(value ? known_ | bit(reg) : known_ & ~bit(reg));
    addresses_ = static_cast<std::uint16_t>(addresses_ & ~bit(reg));
    if (value) values_[reg] = *value;
  }
  void set_address(std::uint8_t reg, const Address& address) {
    if (reg >= tracked) return;
    set(reg, static_cast<std::uint64_t>(address.offset));
    addresses_ = static_cast<std::uint16_t>(addresses_ | bit(reg));
    sections_[reg] = address.section;
  }
  /// Forgets the registers r0 to r`below - 1`.
  void forget(std::uint8_t below = tracked) { known_ = static_cast<std::uint16_t>(known_ & ~(bit(below) - 1U)); }
  /// Keeps only the knowledge that `other` shares. Returns true if something was forgotten.
  bool meet(const Registers& other) {
    const std::uint16_t before = known_;
    for (std::uint8_t reg = 0; reg < tracked; ++reg) {
      if (knows(reg) && !agrees(other, reg)) set(reg, std::nullopt);
    }
    return known_ != before;
  }

 private:
  static unsigned bit(std::uint8_t reg) { return 1U << reg; }
  [[nodiscard]] bool knows(std::uint8_t reg) const { return reg < tracked && (known_ & bit(reg)) != 0; }
  [[nodiscard]] bool has_address(std::uint8_t reg) const { return (addresses_ & bit(reg)) != 0; }
  [[nodiscard]] bool agrees(const Registers& other, std::uint8_t reg) const {
    return other.knows(reg) && values_[reg] == other.values_[reg] && has_address(reg) == other.has_address(reg) &&
           (!has_address(reg) || sections_[reg] == other.sections_[reg]);
  }

  std::array<std::uint64_t, tracked> values_ = {};    ///< numbers, or offsets of addresses
  std::array<std::uint32_t, tracked> sections_ = {};  ///< sections of addresses
  std::uint16_t known_ = 0;                           ///< bit i: values_[i] is valid
  std::uint16_t addresses_ = 0;                       ///< bit i: values_[i] is the offset of an address
};

/// An instruction that is not a jump, as it is after libbpf has changed it.
struct Operation {
  const object::Instruction& insn;
  const Number* patch = nullptr;     ///< the patched value (PatchedInsn::value); null: CO-RE does not patch it
  const Address* address = nullptr;  ///< the read-only data whose address a 16-byte instruction takes; null: none
};

/// Changes `registers` as the instruction does. Registers that it sets are known afterwards only as far as `verifier`
/// is known to follow the instruction. An unknown instruction forgets all registers. `load` may be empty.
void execute(const Operation& operation, Verifier verifier, const ReadOnlyData::Load& load, Registers& registers);

/// Returns whether a conditional jump is taken, if `verifier` knows it.
[[nodiscard]] std::optional<bool> is_taken(const object::Instruction& insn, Verifier verifier,
                                           const Registers& registers);

}  // namespace minbtf::core
