// SPDX-License-Identifier: BSD-2-Clause
// Distinct lists, as words (list_words()). A list of one entry without a group and notes, as nearly all are, is its
// number: it takes no memory.
#pragma once

#include <array>
#include <cstdint>

#include "pack/record_table.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

/// Number of a list. 0: no list.
using ListId = std::uint32_t;

class ListTable {
 public:
  /// Words of a list of one entry.
  using OneEntry = std::array<std::uint32_t, 3>;

  /// Returns the number of the list of one entry with this node.
  [[nodiscard]] static constexpr ListId of_node(std::uint32_t node) noexcept { return one_entry | node; }
  /// Returns the node if the list has one entry without a group and notes; otherwise 0.
  [[nodiscard]] static constexpr std::uint32_t only_node(ListId list) noexcept {
    return (list & one_entry) != 0 ? list & ~one_entry : 0;
  }

  /// Returns the number of a list, which is added if it is new.
  ListId add(Words words) { return is_one_entry(words) ? of_node(words[0]) : lists_.add(words); }
  /// Returns the number of a list; 0 if it was not added.
  [[nodiscard]] ListId find(Words words) const { return is_one_entry(words) ? of_node(words[0]) : lists_.find(words); }
  /// Returns the words of a list. They are in `memory`, or in the table until a list is added.
  [[nodiscard]] Words words(ListId list, OneEntry& memory) const {
    if (only_node(list) == 0) return lists_.words(list);
    memory = {only_node(list), 0, 0};
    return memory;
  }
  /// Returns the number behind those of all lists that have words in the table.
  [[nodiscard]] std::uint32_t end() const noexcept { return lists_.end(); }

 private:
  static constexpr ListId one_entry = 1U << 31U;  ///< numbers of nodes are smaller

  static bool is_one_entry(Words words) noexcept { return words.size() == 3 && words[1] == 0 && words[2] == 0; }

  RecordTable lists_;
};

}  // namespace minbtf::pack
