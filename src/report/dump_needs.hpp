// What the declaration of a type in C takes: the ways that libbpf's btf_dump_order_type() (btf_dump.c) goes, so that
// what is said about these ways is true of libbpf.
//
// A step is a type, and whether it is only pointed to. Of a struct or union that has a name and is pointed to, the name
// is enough.
#pragma once

#include <cstdint>

#include "btf/view.hpp"

namespace minbtf::report {

struct Step {
  std::uint32_t id = 0;
  bool through_ptr = false;
};

/// Is `type`, met in this way, only named?
[[nodiscard]] inline bool is_only_named(const btf::Type& type, bool through_ptr) {
  return through_ptr && wire::is_composite(type.kind) && type.name_off != 0;
}

/// Calls `take(Step)` for each type that `type` needs, in order. libbpf does not go on from FUNC, VAR, DATASEC and
/// DECL_TAG, which it does not declare; what they need stands here all the same. Kinds that are not known need nothing.
template <typename Take>
void for_each_need(const btf::View& btf, const btf::Type& type, bool through_ptr, Take take) {
  using wire::Kind;
  switch (type.kind) {
    case Kind::ptr:
    case Kind::decl_tag:
      take(Step{.id = type.size_or_type, .through_ptr = true});
      return;
    case Kind::array:
      take(Step{.id = btf.array(type).type, .through_ptr = false});
      return;
    case Kind::struct_:
    case Kind::union_:
      if (is_only_named(type, through_ptr)) return;
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        take(Step{.id = btf.member(type, i).type, .through_ptr = false});
      }
      return;
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
      take(Step{.id = type.size_or_type, .through_ptr = through_ptr});
      return;
    case Kind::func_proto:
      take(Step{.id = type.size_or_type, .through_ptr = through_ptr});
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        take(Step{.id = btf.param(type, i).type, .through_ptr = through_ptr});
      }
      return;
    case Kind::func:
    case Kind::var:
      take(Step{.id = type.size_or_type, .through_ptr = false});
      return;
    case Kind::datasec:
      for (std::uint32_t i = 0; i < type.vlen; ++i) take(Step{.id = btf.variable(type, i).type, .through_ptr = false});
      return;
    case Kind::void_:
    case Kind::int_:
    case Kind::enum_:
    case Kind::fwd:
    case Kind::float_:
    case Kind::enum64:
      return;
  }
}

}  // namespace minbtf::report
