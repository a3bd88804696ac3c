// SPDX-License-Identifier: BSD-2-Clause
// Visitors for the type ids inside a type. Only btf::kind_shapes knows which fields of which kind hold type ids. Code
// that goes from type to type uses these visitors.
#pragma once

#include <cstdint>

#include "btf/kinds.hpp"
#include "btf/view.hpp"

namespace minbtf::btf {

/// A type id inside a type, and the field that holds it.
struct Reference {
  std::uint32_t id = 0;  ///< the type that is referred to; 0: void
  btf::TypeIdField field = btf::TypeIdField::target;
  std::uint32_t element = 0;  ///< index of the member, parameter or variable, for TypeIdField::element
};

/// Calls visit(Reference) for the type ids of `type` that precede its elements, in the order of the record. An unknown
/// kind has no type ids.
template <typename Visit>
void for_each_fixed_reference(const View& view, const Type& type, Visit&& visit) {
  if (!btf::is_known(type.kind)) return;
  btf::for_each_fixed_type_id(type.kind, [&](btf::TypeIdField field, std::size_t offset) {
    visit(Reference{.id = view.word(type, offset), .field = field});
  });
}

/// Returns the type id of one member, parameter or variable. `type` must be of a known kind whose elements have types.
[[nodiscard]] inline Reference element_reference(const View& view, const Type& type, std::uint32_t element) {
  return {.id = view.word(type, btf::element_type_id(type.kind, element)),
          .field = btf::TypeIdField::element,
          .element = element};
}

/// Calls visit(Reference) for all type ids of `type`, in the order of the record. An unknown kind has no type ids.
template <typename Visit>
void for_each_reference(const View& view, const Type& type, Visit&& visit) {
  for_each_fixed_reference(view, type, visit);
  if (!btf::is_known(type.kind) || !btf::has_element_type_ids(type.kind)) return;
  for (std::uint32_t i = 0; i < type.vlen; ++i) visit(element_reference(view, type, i));
}

}  // namespace minbtf::btf
