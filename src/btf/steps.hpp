// wire::kind_shapes as the pass over all types needs it: how far to the next record, and what is in between.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "wire/kinds.hpp"

namespace minbtf::btf {

/// What has to be looked at behind the 12 bytes that all types have.
enum class Tail : std::uint8_t {
  nothing,
  array,
  members,
  params,
  enumerators,
  wide_enumerators,
  variables,
  integer,  ///< nothing either, but the type is remembered
  unknown,  ///< a kind whose size the layout section may tell
};

struct Step {
  std::uint8_t fixed_size = 0;  ///< bytes of a record without its elements
  std::uint8_t elem_size = 0;
  Tail tail = Tail::unknown;
  bool is_named = false;         ///< CO-RE looks for types of this kind by name
  std::uint32_t third_mask = 0;  ///< all ones if the third word is a type id
};

constexpr Tail tail_of(wire::Kind kind) noexcept {
  using wire::Kind;
  switch (kind) {
    case Kind::int_:
      return Tail::integer;
    case Kind::array:
      return Tail::array;
    case Kind::struct_:
    case Kind::union_:
      return Tail::members;
    case Kind::func_proto:
      return Tail::params;
    case Kind::enum_:
      return Tail::enumerators;
    case Kind::enum64:
      return Tail::wide_enumerators;
    case Kind::datasec:
      return Tail::variables;
    case Kind::void_:
      return Tail::unknown;
    default:
      return Tail::nothing;
  }
}

/// By the upper eight bits of `info`: kind_flag and kind.
inline constexpr std::array<Step, 256> steps = [] {
  std::array<Step, 256> all{};
  for (std::size_t i = 1; i < wire::kind_count; ++i) {
    const wire::KindShape& shape = wire::kind_shapes[i];
    const auto kind = static_cast<wire::Kind>(i);
    all[i] = {.fixed_size = static_cast<std::uint8_t>(wire::type_header_size + shape.info_size),
              .elem_size = shape.elem_size,
              .tail = tail_of(kind),
              .is_named = wire::is_sought(kind),
              .third_mask = shape.third == wire::Third::type ? std::numeric_limits<std::uint32_t>::max() : 0};
    all[i + 128] = all[i];
  }
  return all;
}();

}  // namespace minbtf::btf
