// SPDX-License-Identifier: BSD-2-Clause
// Selects the part of a kernel's BTF that is kept: types, members of composites, and enumerators of enums.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "btf/references.hpp"
#include "btf/view.hpp"
#include "core/walk.hpp"

namespace minbtf::minimize {

/// A type that is kept, and the parts of it that are kept.
struct SelectedType {
  std::uint32_t id = 0;                 ///< in the source
  bool pointee = false;                 ///< for PTR: true if the pointee is kept; otherwise it is written as void
  bool nameless = false;                ///< true if it is written without its name: vmlinux shadows a module's type
  std::vector<std::uint32_t> elements;  ///< indices of the kept members or enumerators, ascending
};

struct Selection {
  std::vector<SelectedType> types;  ///< by id, ascending
  /// INTs from which loaders derive the same pointer size as from the source. They must be written before all other
  /// INTs that could give a pointer size. Empty if no outcome depends on the pointer size.
  std::vector<std::uint32_t> pointer_ints = {};
};

/// Calls visit(type id) for each type that `type` names when it is written, in the order of the record. A composite
/// names the types of the members in `elements`. A pointer names its pointee if `pointee` is true, otherwise void. A
/// DATASEC is written without its variables: no relocation refers to them.
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

/// Returns the parts of `source` that `dependencies` need. `shadowed` are the ids of the types that are written without
/// a name, sorted. The selection is closed: each type that a selected type
/// names when it is written (for_each_kept_reference()) is selected.
[[nodiscard]] Selection select(const btf::View& source, std::span<const core::Dependency> dependencies,
                               std::span<const std::uint32_t> shadowed = {});

}  // namespace minbtf::minimize
