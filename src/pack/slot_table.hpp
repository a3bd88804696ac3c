// SPDX-License-Identifier: BSD-2-Clause
// The hash table of a table of distinct elements: it finds the index of an element by its hash.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace minbtf::pack {

class SlotTable {
 public:
  /// Returns the index of the element with this hash for which is_equal(index) is true. Otherwise adds the next index,
  /// which is the number of elements that were added before.
  template <typename IsEqual>
  std::uint32_t add(std::uint32_t hash, IsEqual is_equal) {
    if (4 * (std::size_t{used_} + 1) > 3 * slots_.size()) grow();
    Slot& slot = slots_[place_of(hash, is_equal)];
    if (slot.element == 0) slot = {.hash = hash, .element = ++used_};
    return slot.element - 1;
  }
  template <typename IsEqual>
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t hash, IsEqual is_equal) const {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[place_of(hash, is_equal)];
    return slot.element == 0 ? std::nullopt : std::optional(slot.element - 1);
  }
  /// Returns the number of elements.
  [[nodiscard]] std::uint32_t size() const noexcept { return used_; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t element = 0;  ///< index and 1; 0: a free slot
  };

  /// Returns the place of an equal element, or of the free slot for it. The number of slots is a power of two, and some
  /// are free.
  template <typename IsEqual>
  [[nodiscard]] std::size_t place_of(std::uint32_t hash, IsEqual is_equal) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.element == 0 || (slot.hash == hash && is_equal(slot.element - 1))) return at;
    }
  }

  void grow() {
    const std::vector<Slot> old = std::move(slots_);
    slots_.assign(std::max<std::size_t>(64, 2 * old.size()), {});
    for (const Slot& slot : old) {
      if (slot.element != 0) slots_[place_of(slot.hash, [](std::uint32_t) { return false; })] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::uint32_t used_ = 0;
};

}  // namespace minbtf::pack
