// The part of a kernel's BTF that is kept: types, and of composites and enums the members and enumerators.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "btf/references.hpp"
#include "btf/view.hpp"
#include "core/walk.hpp"

namespace minbtf::minimize {

struct SelectedType {
  std::uint32_t id = 0;
  bool pointee = false;                 ///< PTR: what it points to is selected; otherwise it will point to void
  std::vector<std::uint32_t> elements;  ///< indices of members or enumerators, ascending
};

struct Selection {
  std::vector<SelectedType> types;  ///< by id, ascending
  /// INTs from which loaders learn the pointer size, as they would from the whole; they have to come before all others.
  std::vector<std::uint32_t> pointer_ints = {};
};

/// Calls visit(type id) for each type that `type` names where it is written, in the order of the record. A composite
/// names the types of the members in `elements`. A pointer names its target if there is to be a `pointee`, else void. A
/// DATASEC is written without its variables: no relocation asks for them.
template <typename Elements, typename Visit>
void for_each_kept_reference(const btf::View& source, const btf::Type& type, bool pointee, const Elements& elements,
                             Visit&& visit) {
  const bool keeps_target = type.kind != btf::Kind::ptr || pointee;
  btf::for_each_fixed_reference(source, type,
                                [&](const btf::Reference& each) { visit(keeps_target ? each.id : std::uint32_t{0}); });
  if (btf::is_composite(type.kind)) {
    for (const std::uint32_t i : elements) visit(btf::element_reference(source, type, i).id);
  } else if (type.kind == btf::Kind::func_proto) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) visit(btf::element_reference(source, type, i).id);
  }
}

/// The same for a type that is selected.
template <typename Visit>
void for_each_kept_reference(const btf::View& source, const SelectedType& selected, Visit&& visit) {
  for_each_kept_reference(source, source.type(selected.id), selected.pointee, selected.elements, visit);
}

/// Turns needs into a selection that is closed: every type that a selected one names is selected, or is left out as a
/// whole where a pointer's target, a composite's member or an enumerator is not needed.
[[nodiscard]] Selection select(const btf::View& source, std::span<const core::Dependency> dependencies);

}  // namespace minbtf::minimize
