// SPDX-License-Identifier: BSD-2-Clause
// Distinct records of 32-bit words, numbered in the order in which they were added. Number 0 is no record: it stands
// for `void`. The numbers of a table can begin behind those of records that are elsewhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pack/slot_table.hpp"

namespace minbtf::pack {

class RecordTable {
 public:
  /// The first record has the number `first`.
  explicit RecordTable(std::uint32_t first = 1) : first_(first), ends_{0} {}

  /// Returns the number of the record with these words, which is added if it is new. `words` must not point into the
  /// table.
  std::uint32_t add(std::span<const std::uint32_t> words) {
    // Kernels that are alike have most records in the same order: often the record behind the last one is meant.
    if (std::size_t{last_} + 1 < slots_.size() && is_equal(last_ + 1, words)) return first_ + ++last_;
    last_ = slots_.add(hash_of(words), [&](std::uint32_t known) { return is_equal(known, words); });
    if (last_ + std::size_t{1} == ends_.size()) {
      words_.insert(words_.end(), words.begin(), words.end());
      ends_.push_back(words_.size());
    }
    return first_ + last_;
  }

  /// Returns the number of the record with these words; 0 if it was not added.
  [[nodiscard]] std::uint32_t find(std::span<const std::uint32_t> words) const {
    const auto found = slots_.find(hash_of(words), [&](std::uint32_t known) { return is_equal(known, words); });
    return found ? first_ + *found : 0;
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
  [[nodiscard]] std::uint32_t end() const noexcept { return first_ + slots_.size(); }

 private:
  static std::uint32_t hash_of(std::span<const std::uint32_t> words) noexcept {
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 29U;
    }
    return static_cast<std::uint32_t>(hash);
  }

  [[nodiscard]] bool is_equal(std::uint32_t index, std::span<const std::uint32_t> words) const {
    return std::ranges::equal(this->words(first_ + index), words);
  }

  std::uint32_t first_;
  std::vector<std::uint32_t> words_;
  std::vector<std::size_t> ends_;  ///< by index: where the record begins; the next entry is where it ends
  SlotTable slots_;
  std::uint32_t last_ = 0;  ///< index of the record for which add() was called last
};

}  // namespace minbtf::pack
