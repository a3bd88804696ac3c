// Can this name be one of a few? Told by its first bytes, so that nearly all names of a kernel are passed over with one
// look at the string section.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/bytes.hpp"

namespace minbtf::core {

/// The first four bytes of a name, zeros behind a shorter one.
using NameBeginning = std::uint32_t;

[[nodiscard]] NameBeginning beginning_of(std::string_view name) noexcept;

/// The same of the string at `offset`, which the section has.
[[nodiscard]] inline NameBeginning beginning_at(const wire::ByteView& strings, std::uint32_t offset) noexcept {
  if (strings.size() - offset < sizeof(NameBeginning)) return beginning_of(strings.string(offset));
  auto bytes = wire::load_u32<wire::host_order == ByteOrder::big>(strings.data() + offset);
  // The lowest zero byte, and all that is above it, do not count.
  const std::uint32_t zeros = (bytes - 0x01010101U) & ~bytes & 0x80808080U;
  if (zeros != 0) bytes &= (zeros & (0U - zeros)) - 1;
  return bytes;
}

/// May say yes to any name, and never no to one that was added.
class NameFilter {
 public:
  /// `name` and all its flavors.
  void add(std::string_view name);
  [[nodiscard]] bool may_hold(NameBeginning beginning) const noexcept { return bits_[slot(beginning)]; }

 private:
  static constexpr unsigned slot_bits = 13;

  static std::size_t slot(NameBeginning beginning) noexcept { return (beginning * 0x9e3779b1U) >> (32U - slot_bits); }

  std::bitset<std::size_t{1} << slot_bits> bits_;
};

}  // namespace minbtf::core
