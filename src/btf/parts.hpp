// SPDX-License-Identifier: BSD-2-Clause
// The sections of a BTF as bytes, for code that puts sections together and changes words in them. Nothing inside the
// sections is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "btf/bytes.hpp"

namespace minbtf::btf {

struct BtfParts {
  ByteOrder order = ByteOrder::little;
  ByteView types;
  ByteView strings;
  ByteView layout = {};  ///< sizes of the kinds; empty if the header has no such section
};

/// Returns the sections of `bytes`. Valid as long as `bytes`. Throws Error (damaged; unsupported for another version or
/// for flags) if a section lies beyond the end. `file` and `section` are the place in messages.
[[nodiscard]] BtfParts parts_of(std::span<const std::uint8_t> bytes, const std::string& file, const char* section);

/// Returns BTF whose sections are the concatenation of `types` and of `strings`. The header has 24 bytes, or 32 if
/// `layout` is not empty. The sections must be shorter than 4 GiB in total.
[[nodiscard]] std::vector<std::uint8_t> btf_with(ByteOrder order, std::span<const ByteView> types,
                                                 std::span<const ByteView> strings, const ByteView& layout = {});

/// Changes words of bytes that have a byte order.
class WordWriter {
 public:
  WordWriter(std::vector<std::uint8_t>& bytes, ByteOrder order) : bytes_(bytes), swap_(order != host_order) {}
  void set(std::size_t at, std::uint32_t value) {
    if (swap_) value = __builtin_bswap32(value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  bool swap_;
};

}  // namespace minbtf::btf
