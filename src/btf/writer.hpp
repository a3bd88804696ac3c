// SPDX-License-Identifier: BSD-2-Clause
// Writes BTF in a form that every loader reads: a 24-byte header, and strings that are deduplicated and do not share
// their ends. (Some readers refuse an offset that is not the start of a string.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::btf {

/// Builds BTF in memory, one type after the other.
class Writer {
 public:
  explicit Writer(ByteOrder order);

  /// Returns the offset of a string, and appends the string if it is new. Strings are stored in the order of first use.
  std::uint32_t string(std::string_view text);

  /// Starts a type. The calls below add its info words and elements. Ids count from 1.
  void begin_type(std::string_view name, Kind kind, std::uint32_t vlen, bool kind_flag, std::uint32_t size_or_type);
  void word(std::uint32_t value);
  void member(std::string_view name, std::uint32_t type, std::uint32_t offset);
  void enumerator(Kind kind, std::string_view name, std::uint64_t value);
  void param(std::string_view name, std::uint32_t type);

  /// Returns the complete BTF. The writer must not be used afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish();

 private:
  void put(std::vector<std::uint8_t>& out, std::uint32_t value) const;

  ByteOrder order_;
  std::vector<std::uint8_t> types_;
  std::vector<std::uint8_t> strings_;
  std::unordered_map<std::string, std::uint32_t> offsets_;
};

}  // namespace minbtf::btf
