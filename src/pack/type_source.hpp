// SPDX-License-Identifier: BSD-2-Clause
// Types as a pack stores them: nodes, cut types, lists of types by name. docs/pack-format.md describes the model.
//
//  - A *node* is a record in which every reference by value is the number of a node, and the pointee of a PTR is the
//    number of a cut type. Two types are one node if they are equal up to what lies behind pointers.
//  - A *cut type* is what a pointer leads to: a name (cut_key), an INT or FLOAT (cut_leaf), or the record of a type
//    without a name, in which every reference is the number of a cut type.
//  - A *key* is a kind and an essential name; ENUM and ENUM64 are one kind. All INTs have the key 0, whatever their
//    names.
//  - The *list* of a key in a kernel has the kernel's types with this key by ascending type id.
//  - An *extra* is a type that the reduction of a kernel does not need: a FUNC, VAR, DATASEC or DECL_TAG; any other
//    type without a list that has a name (TYPE_TAG); and any type without a name that no type refers to. Extras have
//    keys, lists and records of their own. All references of these records are numbers of *extra cut types*: they have
//    the forms of cut types, and one more, the key of a FUNC, VAR, DATASEC or DECL_TAG.
//
// Numbers with `extra_bit` are those of the extras: numbers of strings that no other type has, and of their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "btf/kinds.hpp"
#include "pack/record.hpp"
#include "pack/string_table.hpp"

namespace minbtf::pack {

/// Key of the list of all INTs.
inline constexpr std::uint32_t integers_key = 0;

/// Returned by TypeSource::key_of_node() for a type without a list.
inline constexpr std::uint32_t no_key = static_cast<std::uint32_t>(-1);

/// Second word of a cut type that is not a record. The first word is the number of a key or node.
inline constexpr std::uint32_t cut_key = 1;
inline constexpr std::uint32_t cut_leaf = 2;
inline constexpr std::uint32_t cut_extra_key = 3;  ///< in an extra cut type only; the key is without extra_bit

inline constexpr std::uint32_t extra_bit = 1U << 31U;

/// True if a cut type of this kind is the node itself: nothing in it can be cut.
[[nodiscard]] constexpr bool is_leaf(btf::Kind kind) noexcept {
  return kind == btf::Kind::int_ || kind == btf::Kind::float_;
}

struct Key {
  StringId name = 0;  ///< essential name; 0 for integers_key
  btf::Kind kind = btf::Kind::int_;

  auto operator<=>(const Key&) const = default;
};

/// Key of the list of an extra.
struct ExtraKey {
  StringId name = 0;  ///< essential name; 0 for a type without a name
  /// Of a type without a name: the name of its first member, parameter or enumerator; 0 if there is none. It makes the
  /// lists short, and the same in many kernels. The order of types without a name does not matter to libbpf.
  StringId field = 0;
  btf::Kind kind = btf::Kind::void_;  ///< ENUM also for ENUM64

  auto operator<=>(const ExtraKey&) const = default;
};

/// The type that a reference leads to, if it is not the default (docs/pack-format.md, "Notes").
struct Note {
  std::uint32_t position = 0;  ///< of the reference in the walk of the entry
  std::int32_t value = 0;      ///< never 0
};

/// A type in a list.
struct Entry {
  std::uint32_t node = 0;  ///< in the list of an extra: number of an extra cut type, which is a record
  /// Part of the kernel's BTF that has the type; 0 unless the BTF was never deduplicated. Ascending in a list.
  std::uint32_t group = 0;
  std::span<const Note> notes = {};  ///< by position
};

/// A list of one key. It can be moved and not copied: `entries` may refer to `notes`.
struct List {
  List() = default;
  List(List&&) noexcept = default;
  List& operator=(List&&) noexcept = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() = default;

  std::vector<Entry> entries;
  std::vector<Note> notes;  ///< unused if the notes of the entries are elsewhere
  /// By group, up to the last but one: number of entries up to this group. Empty if index_groups() was not called, or
  /// if there are many more groups than entries.
  std::vector<std::uint32_t> group_ends;

  [[nodiscard]] std::size_t size() const noexcept { return entries.size(); }
  /// Sets group_ends. The entries must be complete.
  void index_groups();
  /// Returns the number of entries up to `group`.
  [[nodiscard]] std::uint32_t end_of_group(std::uint32_t group) const;
};

/// Returns a list as words: node, group and number of notes of each entry, and position and value of each note.
[[nodiscard]] std::vector<std::uint32_t> list_words(std::span<const Entry> list);
/// Inverse of list_words().
[[nodiscard]] List list_of(Words words);

/// Returned by default_target() if no entry can be meant.
inline constexpr std::uint32_t no_entry = static_cast<std::uint32_t>(-1);

/// Returns the index of the entry that a reference without a note leads to. The reference is in an entry of `group`.
/// `node` is the number of the node that a reference by value names, or that of a leaf; 0 for a reference by key. The
/// rules:
///  1. An entry can be meant if it has this node; for a reference by key, every entry can be meant.
///  2. The entries of the largest group up to `group` that has such an entry come first, then those of larger groups.
///  3. The first of these entries is the default.
/// The number of entries that are compared is added to `steps`.
[[nodiscard]] std::uint32_t default_target(const List& list, std::uint32_t group, std::uint32_t node,
                                           std::uint64_t& steps);

/// The types of one kernel.
class TypeSource {
 public:
  virtual ~TypeSource() = default;

  [[nodiscard]] virtual std::string_view name(StringId id) const = 0;   ///< name of a type
  [[nodiscard]] virtual std::string_view field(StringId id) const = 0;  ///< name of a member, enumerator or parameter
  [[nodiscard]] virtual Words node(std::uint32_t id) const = 0;
  [[nodiscard]] virtual Words cut(std::uint32_t id) const = 0;
  /// Returns the key of a node; no_key if the node is that of a type without a list (is_listed()).
  [[nodiscard]] virtual std::uint32_t key_of_node(std::uint32_t id) const = 0;
  /// Returns all keys with this essential name.
  [[nodiscard]] virtual std::vector<std::uint32_t> keys_named(std::string_view essential_name) const = 0;
  [[nodiscard]] virtual std::uint32_t key_end() const = 0;  ///< number of keys
  /// Returns the kernel's list of a key; empty if the kernel has no such type. A key with extra_bit is that of an
  /// extra.
  [[nodiscard]] virtual List list(std::uint32_t key) const = 0;
  /// Returns an extra cut type. Its strings are those of name() and field(): equal texts have equal numbers.
  [[nodiscard]] virtual Words extra_cut(std::uint32_t id) const = 0;
  /// Returns all keys of extras with this essential name, with extra_bit.
  [[nodiscard]] virtual std::vector<std::uint32_t> extra_keys_named(std::string_view essential_name) const = 0;
  /// Returns the kind and the essential name of a key of extras, which is without extra_bit.
  [[nodiscard]] virtual std::pair<btf::Kind, std::string_view> extra_key(std::uint32_t key) const = 0;
  /// Returns the number of keys of extras; 0 if the kernel has types only.
  [[nodiscard]] virtual std::uint32_t extra_key_end() const = 0;
  /// True if some entry has a group other than 0.
  [[nodiscard]] virtual bool has_groups() const = 0;

 protected:
  TypeSource() = default;
  TypeSource(const TypeSource&) = default;
  TypeSource& operator=(const TypeSource&) = default;
};

}  // namespace minbtf::pack
