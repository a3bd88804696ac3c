// SPDX-License-Identifier: BSD-2-Clause
// Distinct records of 32-bit words, numbered in the order in which they were added. Number 0 is no record: it stands
// for `void`. The numbers of a table can begin behind those of records that are elsewhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace minbtf::pack {

class RecordTable {
 public:
  /// The first record has the number `first`.
  explicit RecordTable(std::uint32_t first = 1) : first_(first), ends_{0} {}

  /// Returns the number of the record with these words, which is added if it is new. `words` must not point into the
  /// table.
  std::uint32_t add(std::span<const std::uint32_t> words) {
    if (2 * hashes_.size() >= slots_.size()) grow();
    const std::uint32_t hash = hash_of(words);
    std::uint32_t& slot = slot_of(hash, [&](std::uint32_t used) { return is_equal(used, words); });
    if (slot != 0) return first_ + slot - 1;
    slot = static_cast<std::uint32_t>(hashes_.size()) + 1;
    words_.insert(words_.end(), words.begin(), words.end());
    ends_.push_back(words_.size());
    hashes_.push_back(hash);
    return first_ + slot - 1;
  }

  /// Returns the number of the record with these words; 0 if it was not added.
  [[nodiscard]] std::uint32_t find(std::span<const std::uint32_t> words) const {
    if (slots_.empty()) return 0;
    const std::uint32_t hash = hash_of(words);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash; slots_[at & mask] != 0; ++at) {
      const std::uint32_t used = slots_[at & mask];
      if (hashes_[used - 1] == hash && is_equal(used, words)) return first_ + used - 1;
    }
    return 0;
  }

  /// Returns the words of a record. Valid until a record is added.
  [[nodiscard]] std::span<const std::uint32_t> words(std::uint32_t id) const {
    if (id == 0) return {};
    const std::size_t index = id - first_;
    return {words_.data() + ends_[index], ends_[index + 1] - ends_[index]};
  }
  /// Returns the number of the first record.
  [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
  /// Returns the number behind the last record.
  [[nodiscard]] std::uint32_t end() const noexcept { return first_ + static_cast<std::uint32_t>(hashes_.size()); }

 private:
  static std::uint32_t hash_of(std::span<const std::uint32_t> words) noexcept {
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 29U;
    }
    return static_cast<std::uint32_t>(hash);
  }

  /// Compares the record of a used slot.
  [[nodiscard]] bool is_equal(std::uint32_t used, std::span<const std::uint32_t> words) const {
    return std::ranges::equal(this->words(first_ + used - 1), words);
  }

  /// Returns the slot of the record with this hash for which is_same(value of the slot) is true, or the free slot for
  /// it.
  template <typename IsSame>
  std::uint32_t& slot_of(std::uint32_t hash, IsSame is_same) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash;; ++at) {
      std::uint32_t& slot = slots_[at & mask];
      if (slot == 0 || (hashes_[slot - 1] == hash && is_same(slot))) return slot;
    }
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
    for (std::uint32_t used = 1; used <= hashes_.size(); ++used)
      slot_of(hashes_[used - 1], [](std::uint32_t) { return false; }) = used;
  }

  std::uint32_t first_;
  std::vector<std::uint32_t> words_;
  std::vector<std::size_t> ends_;      ///< by index: where the record begins; the next entry is where it ends
  std::vector<std::uint32_t> hashes_;  ///< by index
  /// Hash table of indices, each plus 1; its size is a power of two. 0: a free slot
  std::vector<std::uint32_t> slots_;
};

}  // namespace minbtf::pack
