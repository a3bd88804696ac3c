// SPDX-License-Identifier: BSD-2-Clause
// A map with numbers as keys, for the many small maps that a stand-in needs. Faster than std::unordered_map, because it
// has no allocation for each entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace minbtf::pack {

template <typename Value>
class NumberMap {
 public:
  /// Returns the value of `key`, which may be changed until the next call. A new entry has the value Value{}.
  Value& operator[](std::uint32_t key) {
    if (2 * used_ >= slots_.size()) grow();
    Slot& slot = slot_of(slots_, key);
    if (!slot.is_used) {
      slot = {.key = key, .is_used = true, .value = {}};
      ++used_;
    }
    return slot.value;
  }

 private:
  struct Slot {
    std::uint32_t key = 0;
    bool is_used = false;
    Value value = {};
  };

  /// Returns the slot that has the key, or the free slot for it. The slots are a power of two, and one of them is free.
  static Slot& slot_of(std::vector<Slot>& slots, std::uint32_t key) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = (key * std::uint64_t{0x9e3779b97f4a7c15U}) >> 32U;
    for (;; ++at) {
      Slot& slot = slots[at & mask];
      if (!slot.is_used || slot.key == key) return slot;
    }
  }

  void grow() {
    std::vector<Slot> larger(slots_.empty() ? 256 : 4 * slots_.size());
    for (const Slot& slot : slots_) {
      if (slot.is_used) slot_of(larger, slot.key) = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace minbtf::pack
