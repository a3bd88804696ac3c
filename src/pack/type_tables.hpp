// SPDX-License-Identifier: BSD-2-Clause
// The tables of a pack in memory, while it is written.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "pack/record_table.hpp"
#include "pack/string_table.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

struct TypeTables {
  TypeTables() { key({}); }

  StringTable names;   ///< of types
  StringTable fields;  ///< of members, enumerators and parameters
  RecordTable nodes;
  RecordTable cuts;
  RecordTable lists;  ///< as list_words() writes them; the empty list has no number
  std::vector<Key> keys;
  std::map<Key, std::uint32_t> key_ids;
  RecordTable extra_cuts;   ///< with strings of `names` and `fields`
  RecordTable extra_lists;  ///< as `lists`
  std::vector<ExtraKey> extra_keys;
  std::map<ExtraKey, std::uint32_t> extra_key_ids;

  /// Returns the number of a key, which is added if it is new.
  std::uint32_t key(const Key& wanted) {
    const auto [entry, is_new] = key_ids.try_emplace(wanted, static_cast<std::uint32_t>(keys.size()));
    if (is_new) keys.push_back(wanted);
    return entry->second;
  }
  /// Returns the number of the key of a type with this kind and full name.
  std::uint32_t key_of(btf::Kind kind, std::string_view name);
  /// Returns the texts and kind by which the keys of extras are sorted: those with a name come first, by name.
  [[nodiscard]] std::tuple<bool, std::string_view, btf::Kind, std::string_view> order_of(const ExtraKey& key) const {
    return {key.name == 0, names.text(key.name), key.kind, fields.text(key.field)};
  }
  /// Returns the number of the key of an extra, which is added if it is new. `field` is the name of its first element.
  std::uint32_t extra_key_of(btf::Kind kind, std::string_view name, std::string_view field);
};

/// The types of one kernel: the number of its list for each key that it has, by key.
using KernelLists = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

}  // namespace minbtf::pack
