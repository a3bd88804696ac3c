// SPDX-License-Identifier: BSD-2-Clause
// Numbers strings, keys, records and lists anew, so that the numbers do not depend on the order in which kernels were
// added.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "pack/list_runs.hpp"
#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// New numbers for elements of a table, in the order in which they are added. Number 0 stays 0.
class NewNumbers {
 public:
  /// `count` is the number of elements, element 0 included.
  explicit NewNumbers(std::size_t count) : of_old_(count), old_(1) {}

  /// Returns the new number of an element, which gets the next one if it has none.
  std::uint32_t add(std::uint32_t old) {
    if (old == 0 || of_old_[old] != 0) return of_old_[old];
    of_old_[old] = end();
    old_.push_back(old);
    return of_old_[old];
  }
  /// Returns the new number of an element; 0 if it has none.
  [[nodiscard]] std::uint32_t of_old(std::uint32_t old) const { return of_old_[old]; }
  [[nodiscard]] std::uint32_t old(std::uint32_t number) const { return old_[number]; }
  /// Returns the number behind the last one.
  [[nodiscard]] std::uint32_t end() const noexcept { return static_cast<std::uint32_t>(old_.size()); }

 private:
  std::vector<std::uint32_t> of_old_;
  std::vector<std::uint32_t> old_;  ///< by new number
};

/// The tables that some kernels need, in canonical order. The order depends on the kernels only:
///  1. Keys are sorted by name, bytewise, and by kind. Their names are the first names, in that order.
///  2. For each key and each kernel in the given order, the nodes of the kernel's list are added in the order of the
///     list, each behind the nodes and cut types that it refers to. The versions of a type are then neighbours, and
///     most references have short codes.
///  3. All other names, and the names of fields, have the order in which these nodes need them.
///  4. Then the same for extras, with tables of their own: keys are sorted by TypeTables::order_of(). Strings of extras
///     are numbered on their own.
///
/// Only the numbers are kept. Records and lists with new numbers are made one at a time.
class Numbered {
 public:
  /// The rows of `lists` and `extras` are the kernels in the order of the pack. The arguments must outlive the object.
  Numbered(const TypeTables& tables, const ListRuns& lists, const ListRuns& extras);

  [[nodiscard]] std::vector<std::string_view> names() const { return texts(names_, tables_.names); }
  [[nodiscard]] std::vector<std::string_view> fields() const { return texts(fields_, tables_.fields); }
  [[nodiscard]] std::vector<std::string_view> extra_names() const { return texts(extra_names_, tables_.names); }
  [[nodiscard]] std::vector<std::string_view> extra_fields() const { return texts(extra_fields_, tables_.fields); }
  [[nodiscard]] std::vector<Key> keys() const;
  [[nodiscard]] std::vector<ExtraKey> extra_keys() const;
  /// Returns the bounds of all numbers.
  [[nodiscard]] RecordBounds bounds() const;
  /// Returns the bounds for the records of extras.
  [[nodiscard]] RecordBounds extra_bounds() const;
  /// Returns the number behind the last record of a form.
  [[nodiscard]] std::uint32_t record_end(RecordForm form) const;
  /// Returns a record. Valid until the next call with the same `words`, which have the record.
  Words record(RecordForm form, std::uint32_t id, std::vector<std::uint32_t>& words) const;
  /// Returns the lists of a key, and those of a key of extras.
  [[nodiscard]] KeyLists lists(std::uint32_t key) const;
  [[nodiscard]] KeyLists extra_lists(std::uint32_t key) const;

 private:
  static std::vector<std::string_view> texts(const NewNumbers& numbers, const StringTable& strings);
  void number_keys();
  void number_extra_keys();
  void number_list(ListId old);
  void number_extra_list(ListId old);
  void add_node(std::uint32_t old);
  void add_cut(std::uint32_t old);
  void add_extra_cut(std::uint32_t old);

  const TypeTables& tables_;
  const ListRuns& lists_;
  const ListRuns& extras_;
  NewNumbers names_;
  NewNumbers fields_;
  NewNumbers nodes_;
  NewNumbers cuts_;
  NewNumbers extra_names_;
  NewNumbers extra_fields_;
  NewNumbers extra_cuts_;
  std::vector<std::uint32_t> old_keys_;  ///< by number: the key in the tables
  std::vector<std::uint32_t> old_extra_keys_;
  std::vector<std::uint32_t> keys_;  ///< by key in the tables: its number
  std::vector<std::uint32_t> extra_keys_;
};

}  // namespace minbtf::pack
