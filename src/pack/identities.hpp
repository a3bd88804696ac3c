// SPDX-License-Identifier: BSD-2-Clause
// The types of one kernel in a pack, each once, and for each type the types that it refers to in this kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "pack/number_map.hpp"
#include "pack/record_table.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

/// Number of a type of the kernel. 0 is `void`.
using IdentityId = std::uint32_t;

class Identities {
 public:
  /// If `reads_pointees` is false, the lists of types behind pointers are read only for a kernel that has groups.
  /// kind(), record() and references() must then not be called for a type that is only behind pointers. references()
  /// throws Error (damaged) if the types of which it was called need more than `max_bytes` in BTF. `name` is the
  /// kernel's name in messages.
  Identities(const TypeSource& source, bool reads_pointees, std::uint64_t max_bytes, std::string name);

  /// All numbers are below it. It grows with calls of listed() and references().
  [[nodiscard]] std::uint32_t end() const noexcept { return static_cast<std::uint32_t>(types_.size()); }

  /// Returns the bytes in BTF of the types for which references() was called: the least `max_bytes`.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// Returns the kernel's list of a key. Valid until the next call of a function that is not const.
  const List& list(std::uint32_t key);

  /// Returns the number of entry `index` of the list of `key`.
  IdentityId listed(std::uint32_t key, std::uint32_t index);

  /// Returns the number of the extra that is entry `index` of the list of `key`, which has extra_bit.
  IdentityId extra(std::uint32_t key, std::uint32_t index);

  /// Returns the group of a type that has a list, and 0 for other types.
  [[nodiscard]] std::uint32_t group(IdentityId id);
  [[nodiscard]] btf::Kind kind(IdentityId id) { return kind_of(record(id)); }
  /// Returns the record of the type. references() has its references. Valid until the next call of a function that is
  /// not const.
  Words record(IdentityId id);
  /// Returns the types that the words of the record refer to, in the order of for_each_reference_word(). Valid until
  /// the next call of a function that is not const.
  std::span<const IdentityId> references(IdentityId id);

 private:
  struct Place {
    std::uint32_t key = no_key;  ///< of the list; no_key for a type without a list; with extra_bit for a listed extra
    std::uint32_t index = 0;     ///< in the list; of a type without a list: in records_
    Words node = {};             ///< of a type with a list; empty: not read yet
    /// Where the references of the type begin in references_. unknown: they are not known yet.
    std::uint32_t references = unknown;
  };
  static constexpr std::uint32_t unknown = static_cast<std::uint32_t>(-1);

  /// The table that a record is in, which is that of its references.
  enum class Table : std::uint8_t {
    nodes,  ///< the reference of a PTR is a cut type
    cuts,
    extra_cuts,
  };

  /// The walk of one entry.
  struct Walk {
    std::span<const Note> notes;  ///< those that are still to come
    std::uint32_t group = 0;
    std::uint32_t position = 0;
    int depth = 0;
  };
  /// The list of one key, and the numbers of its types.
  struct Listed {
    bool is_read = false;
    List list = {};
    std::vector<IdentityId> numbers = {};  ///< by index in the list; 0: none yet. May be short if the list is not read
  };

  /// The type that a node or cut type leads to in walks in which no notes are to come.
  struct Known {
    IdentityId id = 0;
    std::uint32_t group = 0;  ///< of the entry that is walked
  };

  /// Returns the number of a list's entry.
  IdentityId entry_of(Listed& listed, std::uint32_t key, std::uint32_t index);
  Listed& listed_of(std::uint32_t key);
  Listed& read_list(std::uint32_t key);
  void read(Listed& listed, std::uint32_t key);
  [[noreturn]] void contradiction(const std::string& reason) const;
  void take_steps(std::uint64_t steps);
  void take_bytes(Words record);
  Words node_of(IdentityId id);
  Words extra_record(std::uint32_t cut, std::uint32_t key) const;
  IdentityId of_node(std::uint32_t node, std::uint32_t key, Walk& walk, std::int32_t note);
  IdentityId of_cut(Words record, Table table, Walk& walk, std::int32_t note);
  IdentityId of_key(std::uint32_t key, const Walk& walk, std::uint32_t node, std::int32_t note);
  IdentityId of_list(Listed& listed, std::uint32_t key, std::uint32_t group, std::uint32_t node, std::int32_t note);
  IdentityId without_list(Words record, Table table, Walk& walk, std::int32_t copy);
  IdentityId target_of_node(std::uint32_t node, Walk& walk);
  IdentityId target_of_cut(std::uint32_t cut, Walk& walk);
  IdentityId target_of_extra_cut(std::uint32_t cut, Walk& walk);
  template <typename Find>
  IdentityId target(NumberMap<Known>& known, std::uint32_t number, Walk& walk, Find find);

  const TypeSource& source_;
  bool reads_pointees_;
  bool has_groups_;
  std::uint64_t max_bytes_;
  std::string name_;
  std::deque<Place> types_;                  ///< a deque is not copied when it grows
  std::vector<IdentityId> references_;       ///< of the types for which references() was called
  RecordTable records_;                      ///< of types without a list, with numbers of types as references
  std::vector<IdentityId> of_record_;        ///< by record: the type that has it
  std::vector<std::uint32_t> of_key_;        ///< by key: index in listed_, and 1; 0: no type of the key was met
  std::vector<std::uint32_t> of_extra_key_;  ///< the same by key of extras
  std::vector<Listed> listed_;
  NumberMap<Known> known_nodes_;        ///< by node; without nodes whose list is short
  NumberMap<Known> known_cuts_;         ///< by cut type
  NumberMap<Known> known_extra_cuts_;   ///< by extra cut type
  std::vector<std::uint32_t> scratch_;  ///< records that are being made
  std::uint64_t steps_ = 0;
  std::uint64_t bytes_ = 0;  ///< of the types that have a record
};

}  // namespace minbtf::pack
