// SPDX-License-Identifier: BSD-2-Clause
// Converts input bytes to numbers; no other code does. A ByteView knows its bounds and its byte order. Callers check
// with contains() that a range exists before they load from it, once per record rather than once per field.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "minbtf/btf.hpp"

namespace minbtf::btf {

inline constexpr ByteOrder host_order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ByteOrder::little : ByteOrder::big;

/// Returns the byte order of valid BTF, which follows from its first byte.
[[nodiscard]] inline ByteOrder order_of(std::span<const std::uint8_t> btf) noexcept {
  return btf.empty() || btf[0] == 0x9f ? ByteOrder::little : ByteOrder::big;
}

[[nodiscard]] inline const char* to_string(ByteOrder order) noexcept {
  return order == ByteOrder::little ? "little-endian" : "big-endian";
}

/// Loads a number. For loops whose byte order is known at compile time.
template <bool swap>
[[nodiscard]] inline std::uint32_t load_u32(const std::uint8_t* from) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return swap ? __builtin_bswap32(value) : value;
}

/// A range of bytes that the ByteView does not own, and its byte order.
class ByteView {
 public:
  ByteView() = default;
  ByteView(const std::uint8_t* data, std::size_t size, ByteOrder order)
      : data_(data), size_(size), swap_(order != host_order) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
  /// True if the byte order is not the host's.
  [[nodiscard]] bool is_swapped() const noexcept { return swap_; }

  /// True if `count` bytes exist at `offset`. No combination of arguments overflows.
  [[nodiscard]] bool contains(std::size_t offset, std::size_t count) const noexcept {
    return offset <= size_ && count <= size_ - offset;
  }

  [[nodiscard]] ByteView sub(std::size_t offset, std::size_t count) const noexcept {
    assert(contains(offset, count));
    ByteView part = *this;
    part.data_ = data_ + offset;
    part.size_ = count;
    return part;
  }

  [[nodiscard]] std::uint8_t u8(std::size_t offset) const noexcept {
    assert(contains(offset, 1));
    return data_[offset];
  }
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const noexcept {
    assert(contains(offset, 2));
    std::uint16_t value = 0;
    std::memcpy(&value, data_ + offset, sizeof value);
    return swap_ ? __builtin_bswap16(value) : value;
  }
  [[nodiscard]] std::uint32_t u32(std::size_t offset) const noexcept {
    assert(contains(offset, 4));
    std::uint32_t value = 0;
    std::memcpy(&value, data_ + offset, sizeof value);
    return swap_ ? __builtin_bswap32(value) : value;
  }
  [[nodiscard]] std::uint64_t u64(std::size_t offset) const noexcept {
    assert(contains(offset, 8));
    std::uint64_t value = 0;
    std::memcpy(&value, data_ + offset, sizeof value);
    return swap_ ? __builtin_bswap64(value) : value;
  }

  /// Returns the string at `offset`, without its NUL. The view must end with NUL.
  [[nodiscard]] std::string_view string(std::size_t offset) const noexcept {
    assert(offset < size_ && data_[size_ - 1] == 0);
    return reinterpret_cast<const char*>(data_ + offset);
  }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  bool swap_ = false;
};

}  // namespace minbtf::btf
