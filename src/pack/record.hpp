// SPDX-License-Identifier: BSD-2-Clause
// A record: a type as BTF writes it (12 bytes, info part, elements), in words of 32 bits. In a record, the offsets of
// strings are numbers of strings, and the type ids are numbers of other records. Which numbers these are depends on the
// table that the record is in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "btf/kinds.hpp"

namespace minbtf::pack {

using Words = std::span<const std::uint32_t>;

inline constexpr std::size_t header_words = btf::type_header_size / 4;

[[nodiscard]] inline btf::Kind kind_of(Words record) noexcept {
  return static_cast<btf::Kind>(btf::info_kind(record[1]));
}
[[nodiscard]] inline std::uint32_t name_of(Words record) noexcept { return record[0]; }

/// Returns the number of words of a record of a known kind.
[[nodiscard]] constexpr std::size_t word_count(btf::Kind kind, std::uint32_t vlen) noexcept {
  const btf::KindShape& own = btf::shape(kind);
  return header_words + (own.info_size + std::size_t{own.elem_size} * vlen) / 4;
}

/// True for the types that a pack lists by name. Other types belong to the types that refer to them.
[[nodiscard]] constexpr bool is_listed(btf::Kind kind, bool has_name) noexcept {
  return has_name && btf::is_sought(kind);
}
[[nodiscard]] inline bool is_listed(Words record) noexcept { return is_listed(kind_of(record), name_of(record) != 0); }

/// True for the kinds of extras that a type of a C program never refers to. They have lists of their own.
[[nodiscard]] constexpr bool is_listed_extra(btf::Kind kind) noexcept {
  return kind == btf::Kind::func || kind == btf::Kind::var || kind == btf::Kind::datasec || kind == btf::Kind::decl_tag;
}

/// Calls visit(index) for the words of a record that refer to other types, in the order of the record.
template <typename Visit>
void for_each_reference_word(Words record, Visit&& visit) {
  const btf::Kind kind = kind_of(record);
  btf::for_each_fixed_type_id(kind, [&](btf::TypeIdField, std::size_t offset) { visit(offset / 4); });
  if (!btf::has_element_type_ids(kind)) return;
  const std::uint32_t vlen = btf::info_vlen(record[1]);
  for (std::uint32_t i = 0; i < vlen; ++i) visit(btf::element_type_id(kind, i) / 4);
}

/// Returns the number of words that for_each_reference_word() visits.
[[nodiscard]] inline std::size_t reference_count(Words record) {
  const btf::Kind kind = kind_of(record);
  std::size_t count = btf::has_element_type_ids(kind) ? btf::info_vlen(record[1]) : 0;
  btf::for_each_fixed_type_id(kind, [&](btf::TypeIdField, std::size_t) { ++count; });
  return count;
}

/// Calls visit(index) for the words of a record that are names of members, parameters or enumerators.
template <typename Visit>
void for_each_field_word(Words record, Visit&& visit) {
  const btf::KindShape& own = btf::shape(kind_of(record));
  if (own.elem_name < 0) return;
  const std::uint32_t vlen = btf::info_vlen(record[1]);
  for (std::uint32_t i = 0; i < vlen; ++i) {
    visit(header_words +
          (own.info_size + std::size_t{i} * own.elem_size + static_cast<std::size_t>(own.elem_name)) / 4);
  }
}

}  // namespace minbtf::pack
