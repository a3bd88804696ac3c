// What a relocation's value is once an access has been found, on the local side as on the target's.
// Reference: libbpf src/relo_core.c, bpf_core_calc_field_relo() and its neighbours.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/walk.hpp"

namespace minbtf::core {

/// One step of libbpf's high-level spec (struct bpf_core_accessor).
struct Accessor {
  std::uint32_t type_id = 0;  ///< the composite that holds the member, or the element type
  std::uint32_t index = 0;    ///< of the member or element
  bool named = false;         ///< a member; otherwise an array index
  std::string_view name = {};
};

/// libbpf's is_flex_arr(): an array without elements, the last member of the composite that holds it, has room for any
/// index. `holder` is the step before the array's.
[[nodiscard]] bool is_flexible(const btf::View& btf, const Accessor& holder, const btf::Array& array);

/// What a load instruction may do with a field whose size differs (bpf_core_calc_relo()).
enum class LoadClass : std::uint8_t { other, pointer, plain_integer };

/// Kept for each question and candidate, so the small ones come last.
struct FieldValue {
  std::uint64_t value = 0;
  /// Bytes that a load takes; 0 where the value is no offset of a whole field. From libbpf 1.6 an array counts with
  /// its element's size, before that with its own: both are carried, so that both kinds of loader can be served.
  std::uint32_t element_bytes = 0;
  std::uint32_t total_bytes = 0;
  Failure failure = Failure::none;
  LoadClass load_class = LoadClass::other;
  bool is_bitfield = false;

  auto operator<=>(const FieldValue&) const = default;
};

/// The value of a field relocation, at `bit_offset` from the root, where the last step is `last`. Bitfield shifts
/// follow the byte order of `side`'s machine. field_exists is 1: there is an access.
[[nodiscard]] FieldValue field_value(const MatchSide& side, RelocationKind kind, const Accessor& last,
                                     std::uint32_t bit_offset);

}  // namespace minbtf::core
