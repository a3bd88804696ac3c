// SPDX-License-Identifier: BSD-2-Clause
// Sections of strings and of keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pack/string_table.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

/// Decoded strings by number. String 0 is empty.
class Strings {
 public:
  /// Decodes an untrusted section of `count` strings. The section must outlive the object. `file` and `where` name the
  /// section in messages. Throws Error (damaged).
  Strings(std::span<const std::uint8_t> section, std::uint32_t count, const std::string& file,
          const std::string& where);

  /// Returns the number of strings, string 0 included.
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }
  [[nodiscard]] std::string_view operator[](StringId id) const {
    if (id == 0) return "";
    const std::uint32_t begin = ends_[id - 1];
    return {text_ + begin, ends_[id] - begin - 1};
  }

 private:
  const char* text_;
  std::vector<std::uint32_t> ends_{0};  ///< by number: where the string ends, its zero byte included
};

/// Returns the section of these strings: one after the other, each with a zero byte behind it.
[[nodiscard]] std::vector<std::uint8_t> encode_strings(std::span<const std::string_view> strings);

/// Keys, sorted by name and kind.
struct KeyTable {
  KeyTable() = default;
  /// `sorted` are the keys in this order. `names` must outlive the object.
  KeyTable(std::vector<Key> sorted, const Strings& names);

  std::vector<Key> keys;
  std::vector<std::string_view> names;  ///< by key; the bytes are those of the strings
  /// By number of a type's name: the first key with its essential name. The number of keys if there is none.
  std::vector<std::uint32_t> of_name;

  [[nodiscard]] std::vector<std::uint32_t> named(std::string_view essential_name) const;
  /// Returns the key of a type with this name and a kind other than INT.
  [[nodiscard]] std::optional<std::uint32_t> find(StringId name, btf::Kind kind) const;
};

/// Returns the section of these keys. They must be sorted by name, bytewise, and kind; the first one of all sections is
/// integers_key.
[[nodiscard]] std::vector<std::uint8_t> encode_keys(std::span<const Key> keys);
/// Decodes an untrusted section of `count` keys, the first of which has the number `first`. Checks their order, and
/// that all of them have names and kinds that have lists. Throws Error (damaged).
[[nodiscard]] std::vector<Key> decode_keys(std::span<const std::uint8_t> section, std::uint32_t first,
                                           std::uint32_t count, const Strings& names, const std::string& file);

}  // namespace minbtf::pack
