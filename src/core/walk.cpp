// SPDX-License-Identifier: BSD-2-Clause
#include "core/walk.hpp"

#include <limits>

namespace minbtf::core {

namespace {

/// MAX_RESOLVE_DEPTH of libbpf's btf.c.
constexpr int resolve_depth = 32;

/// Notes that the size of a type, or the length of an ARRAY, is read.
void depend_on_size(const MatchSide& side, Kind kind, std::uint32_t id, const HoldingMember* holder) {
  using What = Dependency::What;
  const bool is_array = kind == Kind::array;
  if (holder == nullptr || btf::is_composite(kind)) {
    side.depend_on(is_array ? What::length : What::size, id);
  } else {
    side.depend_on(is_array ? What::member_length : What::member_size, holder->composite, holder->member);
  }
}

}  // namespace

Size resolve_size(const MatchSide& side, std::uint32_t id, const HoldingMember* holder) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t nelems = 1;
  for (int i = 0; i < resolve_depth; ++i) {
    const Type type = side.btf.type(id);
    if (!btf::is_known(type.kind)) return {.failure = Failure::unsupported_kind};
    std::uint64_t size = 0;
    switch (type.kind) {
      case Kind::int_:
      case Kind::struct_:
      case Kind::union_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::datasec:
      case Kind::float_:
        size = type.size_or_type;
        depend_on_size(side, type.kind, id, holder);
        break;
      case Kind::ptr:
        side.depend_on(Dependency::What::pointer_size, id);
        size = side.pointer_bytes;
        break;
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::var:
      case Kind::decl_tag:
      case Kind::type_tag:
        id = type.size_or_type;
        continue;
      case Kind::array: {
        const btf::Array array = side.btf.array(type);
        depend_on_size(side, type.kind, id, holder);
        if (nelems != 0 && array.nelems > most / nelems) return {.failure = Failure::too_deep};
        nelems *= array.nelems;
        id = array.type;
        continue;
      }
      case Kind::void_:
      case Kind::fwd:
      case Kind::func:
      case Kind::func_proto:
        return {.failure = Failure::bad_type};
    }
    if (nelems != 0 && size > most / nelems) return {.failure = Failure::too_deep};
    return {.bytes = nelems * size};
  }
  return {.failure = Failure::bad_type};
}

}  // namespace minbtf::core
