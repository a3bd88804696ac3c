// The part of a kernel's BTF that is kept: types, and of composites and enums the members and enumerators.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

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

/// Turns needs into a selection that is closed: every type that a selected one names is selected, or is left out as a
/// whole where a pointer's target, a composite's member or an enumerator is not needed.
[[nodiscard]] Selection select(const btf::View& source, std::span<const core::Need> needs);

}  // namespace minbtf::minimize
