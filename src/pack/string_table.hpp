// SPDX-License-Identifier: BSD-2-Clause
// Distinct strings, numbered in the order in which they were added. The numbers of a table can begin behind those of
// strings that are elsewhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pack/slot_table.hpp"

namespace minbtf::pack {

/// Number of a string in a table. 0 is the empty string.
using StringId = std::uint32_t;

class StringTable {
 public:
  /// The first string that is not empty has the number `first`.
  explicit StringTable(StringId first = 1) : first_(first) {}

  /// Returns the number of `text`, which is added if it is new.
  StringId add(std::string_view text) {
    if (text.empty()) return 0;
    // Kernels that are alike have most strings in the same order: often the string behind the last one is meant.
    if (std::size_t{last_} + 1 < texts_.size() && texts_[last_ + 1] == text) return first_ + ++last_;
    last_ = slots_.add(hash_of(text), [&](std::uint32_t known) { return texts_[known] == text; });
    if (last_ == texts_.size()) texts_.push_back(kept(text));
    return first_ + last_;
  }
  /// Returns the number of `text`, or nothing if it was not added.
  [[nodiscard]] std::optional<StringId> find(std::string_view text) const {
    if (text.empty()) return 0;
    const auto found = slots_.find(hash_of(text), [&](std::uint32_t known) { return texts_[known] == text; });
    return found ? std::optional(first_ + *found) : std::nullopt;
  }
  /// Returns a string. Valid as long as the table.
  [[nodiscard]] std::string_view text(StringId id) const { return id == 0 ? std::string_view() : texts_[id - first_]; }
  /// Returns the number of the first string that is not empty.
  [[nodiscard]] StringId first() const noexcept { return first_; }
  /// Returns the number behind the last string.
  [[nodiscard]] StringId size() const noexcept { return first_ + static_cast<StringId>(texts_.size()); }

 private:
  static constexpr std::size_t chunk_bytes = 1U << 18U;

  static std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = text.size();
    const auto mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32U;
    };
    for (; text.size() > 8; text.remove_prefix(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      mix(word);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), text.size());
    mix(word);
    return static_cast<std::uint32_t>(hash);
  }

  /// Returns a copy that stays where it is.
  std::string_view kept(std::string_view text) {
    if (text.size() > left_) {
      left_ = std::max(text.size(), chunk_bytes);
      chunks_.push_back(std::make_unique<char[]>(left_));
      next_ = chunks_.back().get();
    }
    std::memcpy(next_, text.data(), text.size());
    const std::string_view copy(next_, text.size());
    next_ += text.size();
    left_ -= text.size();
    return copy;
  }

  StringId first_;
  std::vector<std::string_view> texts_;  ///< by index
  SlotTable slots_;
  std::uint32_t last_ = 0;                       ///< index of the string for which add() was called last
  std::vector<std::unique_ptr<char[]>> chunks_;  ///< hold the texts
  char* next_ = nullptr;                         ///< free bytes of the last chunk
  std::size_t left_ = 0;
};

}  // namespace minbtf::pack
