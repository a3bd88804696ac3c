#pragma once

#include <algorithm>
#include <span>
#include <vector>

/// Sorted vectors. std::ranges::equal_range() and std::ranges::unique() would do, but they return
/// std::ranges::subrange, which clang 14 and 15 cannot compile with the library of gcc 12.

namespace minbtf::base {

/// The elements of `sorted` whose `projection` equals `key`; it has to be sorted by that.
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

/// Sorts, and leaves one of each.
template <typename Element>
void sort_unique(std::vector<Element>& elements) {
  std::ranges::sort(elements);
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
}

}  // namespace minbtf::base
