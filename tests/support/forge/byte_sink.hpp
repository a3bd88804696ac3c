// SPDX-License-Identifier: BSD-2-Clause
// Converts numbers to bytes in either byte order, for the forges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf::test {

class ByteSink {
 public:
  explicit ByteSink(ByteOrder order) : order_(order) {}

  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  void text(std::string_view characters) { bytes_.insert(bytes_.end(), characters.begin(), characters.end()); }
  void append(const std::vector<std::uint8_t>& other) { bytes_.insert(bytes_.end(), other.begin(), other.end()); }
  void align(std::size_t to) { zeros((to - bytes_.size() % to) % to); }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// Returns a copy without spare capacity, so that AddressSanitizer detects a read of the first byte after the end.
  [[nodiscard]] std::vector<std::uint8_t> bytes() const { return {bytes_.begin(), bytes_.end()}; }

 private:
  void put(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      const unsigned shift = order_ == ByteOrder::little ? i * 8 : (size - 1 - i) * 8;
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  ByteOrder order_;
  std::vector<std::uint8_t> bytes_;
};

/// Overwrites a number in `bytes`, at offset `at`.
inline void set_u16(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t value, ByteOrder order) {
  ByteSink sink(order);
  sink.u16(value);
  for (std::size_t i = 0; i < 2; ++i) bytes.at(at + i) = sink.bytes()[i];
}
inline void set_u32(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t value, ByteOrder order) {
  ByteSink sink(order);
  sink.u32(value);
  for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = sink.bytes()[i];
}

}  // namespace minbtf::test
