// SPDX-License-Identifier: BSD-2-Clause
// Finds the parts of a kernel's BTF that are kept by name (minbtf/keep.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "core/walk.hpp"
#include "minimize/query/keep_finder.hpp"

namespace minbtf::minimize {

struct KeptTypes {
  /// Types that a keep names, by id, ascending. They stay in this order, so that a search by name finds the same type
  /// first.
  std::vector<std::uint32_t> ids;
  std::vector<core::Dependency> dependencies;  ///< the parts of these types that stay, and what these need
};

[[nodiscard]] KeptTypes find_kept_types(const KeepFinder& finder, const btf::View& source);

}  // namespace minbtf::minimize
