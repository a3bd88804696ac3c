// SPDX-License-Identifier: BSD-2-Clause
// Distinct records of 32-bit words, numbered in the order in which they were added. Number 0 is no record: it stands
// for `void`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace minbtf::pack {

class RecordTable {
 public:
  RecordTable() : ends_{0, 0}, hashes_(1) {}

  /// Returns the number of the record with these words, which is added if it is new. `words` must not point into the
  /// table.
  std::uint32_t add(std::span<const std::uint32_t> words) {
    if (2 * hashes_.size() >= slots_.size()) grow();
    const std::uint32_t hash = hash_of(words);
    std::uint32_t& slot = slot_of(hash, [&](std::uint32_t id) { return std::ranges::equal(this->words(id), words); });
    if (slot != 0) return slot;
    slot = end();
    words_.insert(words_.end(), words.begin(), words.end());
    ends_.push_back(words_.size());
    hashes_.push_back(hash);
    return slot;
  }

  /// Returns the words of a record. Valid until a record is added.
  [[nodiscard]] std::span<const std::uint32_t> words(std::uint32_t id) const {
    return {words_.data() + ends_[id], ends_[id + 1] - ends_[id]};
  }
  /// Returns the number of records and 1: all numbers are below it.
  [[nodiscard]] std::uint32_t end() const noexcept { return static_cast<std::uint32_t>(hashes_.size()); }

 private:
  static std::uint32_t hash_of(std::span<const std::uint32_t> words) noexcept {
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 29U;
    }
    return static_cast<std::uint32_t>(hash);
  }

  /// Returns the slot of the record with this hash for which is_same(number) is true, or the free slot for it.
  template <typename IsSame>
  std::uint32_t& slot_of(std::uint32_t hash, IsSame is_same) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash;; ++at) {
      std::uint32_t& slot = slots_[at & mask];
      if (slot == 0 || (hashes_[slot] == hash && is_same(slot))) return slot;
    }
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
    for (std::uint32_t id = 1; id < end(); ++id) slot_of(hashes_[id], [](std::uint32_t) { return false; }) = id;
  }

  std::vector<std::uint32_t> words_;
  std::vector<std::size_t> ends_;      ///< by number: where the record begins; the next entry is where it ends
  std::vector<std::uint32_t> hashes_;  ///< by number
  std::vector<std::uint32_t> slots_;   ///< hash table of numbers; its size is a power of two. 0: a free slot
};

}  // namespace minbtf::pack
