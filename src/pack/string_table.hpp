// SPDX-License-Identifier: BSD-2-Clause
// Distinct strings, numbered in the order in which they were added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace minbtf::pack {

/// Number of a string in a table. 0 is the empty string.
using StringId = std::uint32_t;

class StringTable {
 public:
  StringTable() { add(""); }
  StringTable(StringTable&&) = default;
  StringTable& operator=(StringTable&&) = default;
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;
  ~StringTable() = default;

  /// Returns the number of `text`, which is added if it is new.
  StringId add(std::string_view text) {
    const auto found = ids_.find(text);
    if (found != ids_.end()) return found->second;
    const auto id = static_cast<StringId>(texts_.size());
    ids_.emplace(texts_.emplace_back(text), id);
    return id;
  }
  /// Returns the number of `text`, or nothing if it was not added.
  [[nodiscard]] std::optional<StringId> find(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  /// Returns a string. Valid as long as the table.
  [[nodiscard]] std::string_view text(StringId id) const { return texts_[id]; }
  /// Returns the number of strings: all numbers are below it.
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(texts_.size()); }

 private:
  std::deque<std::string> texts_;  // a deque does not move its elements
  std::unordered_map<std::string_view, StringId> ids_;
};

}  // namespace minbtf::pack
