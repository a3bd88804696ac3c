// SPDX-License-Identifier: BSD-2-Clause
// The lists of one kernel while it is taken apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pack/type_source.hpp"

namespace minbtf::pack {

/// The entries of all lists of a kernel, by key.
class EntryLists {
 public:
  /// Makes room for lists of these keys, each as often as a list has entries.
  void set_keys(std::span<const std::uint32_t> keys, std::size_t key_end) {
    begins_.assign(key_end + 1, 0);
    for (const std::uint32_t key : keys) ++begins_[key + std::size_t{1}];
    for (std::size_t key = 1; key < begins_.size(); ++key) begins_[key] += begins_[key - 1];
    entries_.resize(keys.size());
    ends_ = begins_;
  }
  /// Adds an entry to a list, and returns its index in the list.
  std::uint32_t add(std::uint32_t key, const Entry& entry) {
    entries_[ends_[key]] = entry;
    return ends_[key]++ - begins_[key];
  }
  [[nodiscard]] std::uint32_t key_end() const { return static_cast<std::uint32_t>(begins_.size()) - 1; }
  [[nodiscard]] std::span<Entry> list(std::uint32_t key) {
    return std::span(entries_).subspan(begins_[key], begins_[key + std::size_t{1}] - begins_[key]);
  }
  [[nodiscard]] std::span<const Entry> list(std::uint32_t key) const {
    return std::span(entries_).subspan(begins_[key], begins_[key + std::size_t{1}] - begins_[key]);
  }

 private:
  std::vector<std::uint32_t> begins_;  ///< by key
  std::vector<std::uint32_t> ends_;    ///< by key: of the entries that were added
  std::vector<Entry> entries_;
};

}  // namespace minbtf::pack
