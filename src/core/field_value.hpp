// SPDX-License-Identifier: BSD-2-Clause
// The value of a field relocation for a known access, on the local side and on the target's side. Source: libbpf
// src/relo_core.c, bpf_core_calc_field_relo() and is_flex_arr().
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/walk.hpp"

namespace minbtf::core {

/// One step of libbpf's high-level spec (struct bpf_core_accessor).
struct Accessor {
  std::uint32_t type_id = 0;  ///< the composite that holds the member, or the type of the element
  std::uint32_t index = 0;    ///< index of the member, enumerator or element
  bool named = false;         ///< a member or enumerator; otherwise an array index
  std::string_view name = {};
};

/// Returns true if an array accepts any index: it has no elements and is the last member of the composite that holds it
/// (libbpf's is_flex_arr()). `holder` is the accessor before that of the array's element.
[[nodiscard]] bool is_flexible(const btf::View& btf, const Accessor& holder, const btf::Array& array);

/// Which loads libbpf can adjust to a field of another size (bpf_core_calc_relo()): those of pointers and of integers
/// without a sign.
enum class LoadClass : std::uint8_t { other, pointer, plain_integer };

/// The value of a relocation. One is kept for each question and candidate, so the small members come last.
struct FieldValue {
  std::uint64_t value = 0;
  /// Bytes that a load of the field takes; 0 if the value is not the offset of a complete field. For an array, libbpf
  /// 1.6 and newer takes the size of an element, older versions the size of the array. Both sizes are kept for both
  /// kinds of loader.
  std::uint32_t element_bytes = 0;
  std::uint32_t total_bytes = 0;
  Failure failure = Failure::none;
  LoadClass load_class = LoadClass::other;
  bool is_bitfield = false;

  auto operator<=>(const FieldValue&) const = default;
};

/// A field that a search found, and how it is read.
struct FoundField {
  Accessor last;                          ///< the last accessor
  const HoldingMember* holder = nullptr;  ///< the last member on the path; null: none
  std::uint32_t bit_offset = 0;           ///< from the root
  /// The local field is a bitfield. cilium/ebpf then reads the size of the target's type (btf/core.go, alignof()).
  bool is_local_bitfield = false;
};

/// Returns the value of a field relocation. Shifts of bitfields follow the byte order of `side`'s machine. field_exists
/// is 1, since the access was found.
[[nodiscard]] FieldValue field_value(const MatchSide& side, RelocationKind kind, const FoundField& field);

}  // namespace minbtf::core
