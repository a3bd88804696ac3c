// SPDX-License-Identifier: BSD-2-Clause
// The section of the keys of extras.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pack/table_sections.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

/// Decoded keys of extras. Those with a name come first; they are sorted by name and kind. The others are sorted by
/// kind and the name of their field.
struct ExtraKeyTable {
  std::vector<ExtraKey> keys;
  std::vector<std::string_view> names;  ///< of the keys that have one; the bytes are those of the strings

  /// Returns the numbers of the keys with this name, without extra_bit.
  [[nodiscard]] std::vector<std::uint32_t> named(std::string_view essential_name) const;
};

/// Returns the section of all keys, which must be sorted.
[[nodiscard]] std::vector<std::uint8_t> encode_extra_keys(std::span<const ExtraKey> keys);
/// Decodes an untrusted section of `count` keys. Checks their order, and that their kinds are known. Throws Error
/// (damaged).
[[nodiscard]] ExtraKeyTable decode_extra_keys(std::span<const std::uint8_t> section, std::uint32_t count,
                                              const Strings& names, const Strings& fields, const std::string& file);

}  // namespace minbtf::pack
