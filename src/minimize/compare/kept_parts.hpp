// SPDX-License-Identifier: BSD-2-Clause
// Compares what is kept by name (minbtf/keep.hpp) in two BTFs. It shares no code with the selection of these parts
// (minimize/reduce/kept_types): a mistake in one of them is found by the other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/comparison.hpp"
#include "minbtf/keep.hpp"

namespace minbtf::minimize {

struct KeptComparison {
  std::vector<std::size_t> kept;            ///< as Comparison::kept
  std::vector<KeptDifference> differences;  ///< as Comparison::kept_differences
};

/// Compares for each keep the types of its kind and name. `reduced` must have the types that `full` has, in the order
/// of the first of equal types; how often equal types are written does not count. Types that are kept whole must have
/// the same members, enumerators, offsets, sizes and values, and so must everything in them by value. Types with a path
/// must have the same size, and the same members on the way. A pointer must be a pointer; where it leads to counts only
/// if a keep names that type. Throws Error (unsupported) if the comparison takes too many steps.
[[nodiscard]] KeptComparison compare_kept(std::span<const Keep> keeps, const btf::View& full, const btf::View& reduced);

/// Returns KeptComparison::kept.
[[nodiscard]] std::vector<std::size_t> kept_in(std::span<const Keep> keeps, const btf::View& btf);

}  // namespace minbtf::minimize
