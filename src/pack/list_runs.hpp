// SPDX-License-Identifier: BSD-2-Clause
// The lists of many kernels by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "pack/list_section.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// For each key and each row, the number of a list. A row is a kernel that is not verbatim. Only the changes from one
/// row to the next are kept: a kernel that is built again has most lists of the kernel before, and thousands of kernels
/// need little memory.
class ListRuns {
 public:
  [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
  /// Returns true if some row has a list of the key.
  [[nodiscard]] bool has_key(std::uint32_t key) const { return key < keys_.size() && !keys_[key].empty(); }
  /// Returns the keys that some row has, ascending.
  [[nodiscard]] std::vector<std::uint32_t> keys() const;

  /// Adds a row, and returns its number.
  std::uint32_t add(const KernelLists& lists);

  /// Adds `count` rows without lists, and returns the number of the first. put() gives them lists.
  std::uint32_t add_rows(std::uint32_t count);
  /// Gives a list to a row, and to all rows behind it until the next call. Rows must not descend for a key, and must
  /// be new ones.
  void put(std::uint32_t key, std::uint32_t row, std::uint32_t list);

  /// Returns the list of a row.
  [[nodiscard]] std::uint32_t list(std::uint32_t key, std::uint32_t row) const;
  /// Calls visit(ListRun) for all rows, by ascending row. Neighbours have different lists; list 0 is none.
  template <typename Visit>
  void for_each_run(std::uint32_t key, Visit visit) const {
    std::uint32_t list = 0;
    if (key < keys_.size()) {
      for (const Change& change : keys_[key]) {
        if (change.row != 0) visit(ListRun{.end = change.row, .list = list});
        list = change.list;
      }
    }
    if (rows_ != 0) visit(ListRun{.end = rows_, .list = list});
  }
  /// Calls visit(number) for each list of these keys, in the order of the keys and rows. A list of one entry can be
  /// visited several times, any other list is visited once.
  template <typename Visit>
  void for_each_list(std::span<const std::uint32_t> keys, Visit visit) const {
    std::vector<bool> is_known;
    for (const std::uint32_t key : keys) {
      for_each_run(key, [&](const ListRun& run) {
        if (run.list == 0) return;
        if (ListTable::only_node(run.list) == 0) {
          if (is_known.size() <= run.list) is_known.resize(2 * std::size_t{run.list} + 1);
          if (is_known[run.list]) return;
          is_known[run.list] = true;
        }
        visit(run.list);
      });
    }
  }
  /// Returns for each pair of rows whether they have the same lists.
  [[nodiscard]] std::vector<bool> are_equal(std::span<const std::pair<std::uint32_t, std::uint32_t>> pairs) const;

  /// A row without lists, for select().
  static constexpr std::uint32_t no_row = static_cast<std::uint32_t>(-1);
  /// Replaces the rows by those with the numbers in `order`.
  void select(std::span<const std::uint32_t> order);
  /// Replaces the numbers of keys and lists. `keys` has the new numbers by old number. Different numbers stay
  /// different. new_list() is not called for list 0.
  void renumber(std::span<const std::uint32_t> keys, const std::function<ListId(ListId old)>& new_list);

 private:
  /// From `row` on, the rows have this list.
  struct Change {
    std::uint32_t row = 0;
    std::uint32_t list = 0;
  };

  void grow(std::size_t keys);
  /// Sets the list of each row for a key.
  void expand(std::uint32_t key, std::vector<std::uint32_t>& of_row) const;

  std::uint32_t rows_ = 0;
  std::vector<std::vector<Change>> keys_;  ///< by key; empty if no row ever had a list
  std::vector<std::uint32_t> last_;        ///< by key: the list of the last row
};

/// Returns the distinct lists of a key in the order of the rows, and the runs of them. `table` has the lists.
[[nodiscard]] KeyLists lists_of_key(const ListRuns& runs, std::uint32_t key, const ListTable& table);

}  // namespace minbtf::pack
