// SPDX-License-Identifier: BSD-2-Clause
// Distinct strings, numbered in the order in which they were added. The numbers of a table can begin behind those of
// strings that are elsewhere.
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
  /// The first string that is not empty has the number `first`.
  explicit StringTable(StringId first = 1) : first_(first) {}
  StringTable(StringTable&&) = default;
  StringTable& operator=(StringTable&&) = default;
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;
  ~StringTable() = default;

  /// Returns the number of `text`, which is added if it is new.
  StringId add(std::string_view text) {
    if (text.empty()) return 0;
    const auto found = ids_.find(text);
    if (found != ids_.end()) return found->second;
    const StringId id = size();
    ids_.emplace(texts_.emplace_back(text), id);
    return id;
  }
  /// Returns the number of `text`, or nothing if it was not added.
  [[nodiscard]] std::optional<StringId> find(std::string_view text) const {
    if (text.empty()) return 0;
    const auto found = ids_.find(text);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  /// Returns a string. Valid as long as the table.
  [[nodiscard]] std::string_view text(StringId id) const {
    return id == 0 ? std::string_view() : std::string_view(texts_[id - first_]);
  }
  /// Returns the number of the first string that is not empty.
  [[nodiscard]] StringId first() const noexcept { return first_; }
  /// Returns the number behind the last string.
  [[nodiscard]] StringId size() const noexcept { return first_ + static_cast<StringId>(texts_.size()); }

 private:
  StringId first_;
  std::deque<std::string> texts_;  // a deque does not move its elements
  std::unordered_map<std::string_view, StringId> ids_;
};

}  // namespace minbtf::pack
