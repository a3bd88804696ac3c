#include "btf/scan.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "btf/layout.hpp"
#include "wire/kinds.hpp"

namespace minbtf::btf {

namespace {

using wire::Kind;

/// What has to be looked at behind the 12 bytes that all types have.
enum class Tail : std::uint8_t {
  nothing,
  integer,
  array,
  members,
  params,
  enumerators,
  wide_enumerators,
  variables,
  unknown
};

/// wire::kind_shapes, as the pass needs it.
struct Step {
  std::uint8_t fixed_size = 0;  ///< bytes without elements
  std::uint8_t elem_size = 0;
  Tail tail = Tail::unknown;
  bool is_named = false;         ///< CO-RE looks for types of this kind by name
  std::uint32_t third_mask = 0;  ///< all ones if the third word is a type id
};

constexpr Tail tail_of(Kind kind) {
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
    default:
      return Tail::nothing;
  }
}

/// By the 7 bits that hold a kind.
constexpr std::array<Step, 128> steps = [] {
  std::array<Step, 128> all{};
  for (std::size_t i = 1; i < wire::kind_count; ++i) {
    const wire::KindShape& shape = wire::kind_shapes[i];
    const auto kind = static_cast<Kind>(i);
    all[i] = {.fixed_size = static_cast<std::uint8_t>(wire::type_header_size + shape.info_size),
              .elem_size = shape.elem_size,
              .tail = tail_of(kind),
              .is_named = wire::is_sought(kind),
              .third_mask = shape.third == wire::Third::type ? std::numeric_limits<std::uint32_t>::max() : 0};
  }
  return all;
}();

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

struct Largest {
  std::uint32_t name = 0;
  std::uint32_t type = 0;

  /// Looks at elements whose names and type ids are at these offsets.
  template <bool swap, std::size_t elem_size, std::size_t name_at, std::size_t type_at>
  void add(const std::uint8_t* elements, std::uint32_t count) {
    for (; count != 0; --count, elements += elem_size) {
      if constexpr (name_at != none) name = std::max(name, wire::load_u32<swap>(elements + name_at));
      if constexpr (type_at != none) type = std::max(type, wire::load_u32<swap>(elements + type_at));
    }
  }
};

template <bool swap>
bool scan_in(const wire::ByteView& types, const wire::ByteView& layout, std::size_t string_bytes, Index& index) {
  const std::uint8_t* const begin = types.data();
  const std::size_t end = types.size();
  std::uint32_t* const offsets = index.offsets();
  NamedType* const named = index.named();
  std::uint32_t id = 1;
  std::uint32_t named_count = 0;
  Largest largest;

  offsets[0] = 0;
  std::size_t at = 0;
  while (at < end) {
    if (end - at < wire::type_header_size) return false;
    const std::uint8_t* const record = begin + at;
    const auto name = wire::load_u32<swap>(record);
    const auto info = wire::load_u32<swap>(record + 4);
    const auto third = wire::load_u32<swap>(record + 8);
    const std::uint32_t vlen = wire::info_vlen(info);
    const Step step = steps[wire::info_kind(info)];

    // vlen has 24 bits: the product fits.
    std::size_t size = step.fixed_size + std::size_t{vlen} * step.elem_size;
    if (step.tail == Tail::unknown) {
      const auto sizes = sizes_of_unknown(layout, wire::info_kind(info));
      if (!sizes) return false;
      size = wire::type_header_size + sizes->info_size + std::size_t{vlen} * sizes->elem_size;
    }
    if (size > end - at) return false;

    offsets[id] = static_cast<std::uint32_t>(at);
    // Written always, counted if it is one: no branch that nobody can predict.
    named[named_count] = {.id = id, .name_off = name};
    named_count += static_cast<std::uint32_t>(step.is_named) & static_cast<std::uint32_t>(name != 0);
    largest.name = std::max(largest.name, name);
    largest.type = std::max(largest.type, third & step.third_mask);

    const std::uint8_t* const tail = record + wire::type_header_size;
    switch (step.tail) {
      case Tail::nothing:
      case Tail::unknown:
        break;
      case Tail::integer:
        index.integers().push_back(id);
        break;
      case Tail::array:
        largest.add<swap, 4, none, 0>(tail, 2);  // type and index_type
        break;
      case Tail::members:
        largest.add<swap, 12, 0, 4>(tail, vlen);
        break;
      case Tail::params:
        largest.add<swap, 8, 0, 4>(tail, vlen);
        break;
      case Tail::enumerators:
        largest.add<swap, 8, 0, none>(tail, vlen);
        break;
      case Tail::wide_enumerators:
        largest.add<swap, 12, 0, none>(tail, vlen);
        break;
      case Tail::variables:
        largest.add<swap, 12, none, 0>(tail, vlen);
        break;
    }
    ++id;
    at += size;
  }
  index.id_end = id;
  index.named_count = named_count;
  // Forward references are normal: ids can be judged only when all types are counted.
  return largest.name < string_bytes && largest.type < id;
}

}  // namespace

bool scan(const wire::ByteView& types, const wire::ByteView& layout, std::size_t string_bytes, Index& index) {
  index.make_room(types.size());
  return types.is_swapped() ? scan_in<true>(types, layout, string_bytes, index)
                            : scan_in<false>(types, layout, string_bytes, index);
}

}  // namespace minbtf::btf
