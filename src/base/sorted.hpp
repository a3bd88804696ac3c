// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <span>
#include <vector>

/// Helpers for sorted vectors. They replace std::ranges::equal_range() and std::ranges::unique(), which return
/// std::ranges::subrange: clang 14 and 15 cannot compile it with the library of gcc 12.

namespace minbtf::base {

/// Returns the elements whose `projection` equals `key`. `sorted` must be sorted by `projection`.
template <typename Element, typename Key, typename Projection>
[[nodiscard]] std::span<const Element> equal_elements(std::span<const Element> sorted, const Key& key,
                                                      Projection projection) {
  const auto first = std::ranges::lower_bound(sorted, key, {}, projection);
  const auto last = std::ranges::upper_bound(first, sorted.end(), key, {}, projection);
  return {first, last};
}

template <typename Element, typename Key, typename Projection>
[[nodiscard]] std::span<const Element> equal_elements(const std::vector<Element>& sorted, const Key& key,
                                                      Projection projection) {
  return equal_elements(std::span<const Element>(sorted), key, projection);
}

/// Sorts `elements` and removes duplicates.
template <typename Element>
void sort_unique(std::vector<Element>& elements) {
  std::ranges::sort(elements);
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
}

}  // namespace minbtf::base
