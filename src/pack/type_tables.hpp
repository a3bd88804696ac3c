// SPDX-License-Identifier: BSD-2-Clause
// The tables of a pack in memory, while it is written.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "pack/list_table.hpp"
#include "pack/record_table.hpp"
#include "pack/string_table.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

class TypeTables {
 public:
  TypeTables() { key({}); }

  StringTable names;   ///< of types
  StringTable fields;  ///< of members, enumerators and parameters
  RecordTable nodes;
  RecordTable cuts;
  ListTable lists;
  std::vector<Key> keys;
  std::map<Key, std::uint32_t> key_ids;
  RecordTable extra_cuts;  ///< with strings of `names` and `fields`
  ListTable extra_lists;   ///< with extra cut types in place of nodes
  std::vector<ExtraKey> extra_keys;
  std::map<ExtraKey, std::uint32_t> extra_key_ids;

  /// Returns the number of a key, which is added if it is new.
  std::uint32_t key(const Key& wanted) {
    const auto [entry, is_new] = key_ids.try_emplace(wanted, static_cast<std::uint32_t>(keys.size()));
    if (is_new) keys.push_back(wanted);
    return entry->second;
  }
  /// Returns the number of the key of a type with this kind and full name.
  std::uint32_t key_of(btf::Kind kind, StringId name);
  /// Returns what key_of() returned for this kind and name.
  [[nodiscard]] std::uint32_t known_key_of(btf::Kind kind, StringId name) const {
    return kind == btf::Kind::int_ ? integers_key : known_key(keys_by_name_, btf::core_kind(kind), name);
  }
  /// Returns the texts and kind by which the keys of extras are sorted: those with a name come first, by name.
  [[nodiscard]] std::tuple<bool, std::string_view, btf::Kind, std::string_view> order_of(const ExtraKey& key) const {
    return {key.name == 0, names.text(key.name), key.kind, fields.text(key.field)};
  }
  /// Returns the number of a key of extras, which is added if it is new.
  std::uint32_t extra_key(const ExtraKey& wanted) {
    const auto [entry, is_new] = extra_key_ids.try_emplace(wanted, static_cast<std::uint32_t>(extra_keys.size()));
    if (is_new) extra_keys.push_back(wanted);
    return entry->second;
  }
  /// Returns the number of the key of an extra with this kind and full name. `field` is the name of the first element
  /// of an extra without a name; it has no effect if there is a name.
  std::uint32_t extra_key_of(btf::Kind kind, StringId name, StringId field);

  /// Returns what extra_key_of() returned for these arguments.
  [[nodiscard]] std::uint32_t known_extra_key_of(btf::Kind kind, StringId name, StringId field) const {
    return name != 0 ? known_key(extra_keys_by_name_, btf::core_kind(kind), name)
                     : known_key(extra_keys_by_field_, btf::core_kind(kind), field);
  }

 private:
  /// By kind and number of a string: a key and 1; 0: not known yet.
  using KeysByString = std::array<std::vector<std::uint32_t>, btf::kind_count>;

  static std::uint32_t& known_key(KeysByString& keys, btf::Kind kind, StringId text) {
    std::vector<std::uint32_t>& of_kind = keys[static_cast<std::size_t>(kind)];
    if (of_kind.size() <= text) of_kind.resize(text + text / 4 + 64);
    return of_kind[text];
  }

  /// Returns no_key if the key is not known.
  static std::uint32_t known_key(const KeysByString& keys, btf::Kind kind, StringId text) {
    const std::vector<std::uint32_t>& of_kind = keys[static_cast<std::size_t>(kind)];
    return text < of_kind.size() ? of_kind[text] - 1 : no_key;  // no_key is 0 - 1
  }

  // A search in the maps takes much longer.
  KeysByString keys_by_name_;
  KeysByString extra_keys_by_name_;
  KeysByString extra_keys_by_field_;
};

/// The types of one kernel: the number of its list for each key that it has, by key.
using KernelLists = std::vector<std::pair<std::uint32_t, ListId>>;

}  // namespace minbtf::pack
