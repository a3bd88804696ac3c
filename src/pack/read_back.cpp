// SPDX-License-Identifier: BSD-2-Clause
#include "pack/read_back.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "pack/number_map.hpp"

namespace minbtf::pack {

namespace {

using btf::Kind;
using btf::Type;

/// The lists of a kernel by key.
class ReadLists {
 public:
  ReadLists(const KernelLists& lists, const ListTable& table, std::size_t key_end, bool has_groups)
      : begins_(key_end + 1), has_groups_(has_groups) {
    ListTable::OneEntry memory;
    std::uint32_t key = 0;
    for (const auto& [next, list] : lists) {
      while (key < next) begins_[++key] = size();
      const Words words = table.words(list, memory);
      for (std::size_t at = 0; at < words.size();) {
        entries_.push_back({.node = words[at], .group = words[at + 1], .notes_begin = notes_end()});
        const std::uint32_t count = words[at + 2];
        at += 3;
        for (std::uint32_t i = 0; i < count; ++i, at += 2)
          notes_.push_back({.position = words[at], .value = static_cast<std::int32_t>(words[at + 1])});
      }
    }
    while (key < key_end) begins_[++key] = size();
    is_read_.resize(entries_.size());
    if (!has_groups) return;
    // With groups, the default of a reference is searched as a reader searches it.
    lists_.resize(key_end);
    for (const auto& [number, list] : lists) {
      lists_[number] = list_of(table.words(list, memory));
      lists_[number].index_groups();
    }
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }
  /// Returns the index of the default target (default_target()). no_entry if there is none.
  [[nodiscard]] std::uint32_t default_of(std::uint32_t key, std::uint32_t group, std::uint32_t node) const {
    std::uint64_t steps = 0;
    if (has_groups_) return default_target(lists_[key], group, node, steps);
    for (std::uint32_t i = begins_[key]; i < begins_[key + std::size_t{1}]; ++i) {
      if (node == 0 || entries_[i].node == node) return i - begins_[key];
    }
    return no_entry;
  }
  /// Returns the node of an entry, and sets its group and notes. Returns 0 if there is no such entry, or if it was
  /// taken before.
  std::uint32_t take(std::uint32_t key, std::uint32_t index, std::uint32_t& group, std::span<const Note>& notes) {
    if (key + std::size_t{1} >= begins_.size() || index >= begins_[key + std::size_t{1}] - begins_[key]) return 0;
    const std::size_t place = begins_[key] + index;
    if (is_read_[place]) return 0;
    is_read_[place] = true;
    ++taken_;
    const ReadEntry& entry = entries_[place];
    const std::uint32_t end = place + 1 == entries_.size() ? notes_end() : entries_[place + 1].notes_begin;
    notes = std::span(notes_).subspan(entry.notes_begin, end - entry.notes_begin);
    group = entry.group;
    return has_groups_ || group == 0 ? entry.node : 0;
  }
  [[nodiscard]] bool all_taken() const noexcept { return taken_ == entries_.size(); }

  /// Returns true if the kernel has the same groups if it is made of the pack and taken apart again. A group must begin
  /// with a type whose node is in the group before, and which is the first one of its list in the group. Types with one
  /// node are in one list, and a group has each node once.
  [[nodiscard]] bool groups_can_be_kept() const {
    std::vector<bool> begins;  // by group
    std::uint32_t last = 0;    // the largest group
    for (const List& list : lists_) {
      const std::span<const Entry> entries = list.entries;
      std::size_t before = 0;  // the first entry of the group before
      std::size_t now = 0;     // the first entry of the group of entry i
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::uint32_t group = entries[i].group;
        if (group != entries[now].group) before = std::exchange(now, i);
        const auto has_node = [&](const Entry& entry) { return entry.node == entries[i].node; };
        if (std::ranges::any_of(entries.subspan(now, i - now), has_node)) return false;
        last = std::max(last, group);
        if (i != now || group == 0 || entries[before].group + 1 != group) continue;
        if (begins.size() <= group) begins.resize(2 * std::size_t{group} + 1);
        if (std::ranges::any_of(entries.subspan(before, now - before), has_node)) begins[group] = true;
      }
    }
    for (std::uint32_t group = 1; group <= last; ++group) {
      if (group >= begins.size() || !begins[group]) return false;
    }
    return true;
  }

 private:
  struct ReadEntry {
    std::uint32_t node = 0;
    std::uint32_t group = 0;
    std::uint32_t notes_begin = 0;
  };

  [[nodiscard]] std::uint32_t notes_end() const noexcept { return static_cast<std::uint32_t>(notes_.size()); }

  std::vector<std::uint32_t> begins_;  ///< by key
  std::vector<ReadEntry> entries_;
  std::vector<Note> notes_;
  std::vector<bool> is_read_;  ///< by entry
  std::size_t taken_ = 0;
  bool has_groups_;
  std::vector<List> lists_;  ///< by key; empty if there are no groups
};

/// Compares strings of a kernel with those of a table. Each string is compared once.
class ReadStrings {
 public:
  ReadStrings(const btf::View& kernel, const StringTable& strings)
      : kernel_(kernel), strings_(strings), known_(kernel.strings().size() / 2 + 1) {}

  bool is_equal(std::uint32_t offset, StringId id) {
    std::uint32_t& known = known_[offset / 2];
    const std::uint32_t pair = 2 * (id + 1) + offset % 2;
    if (known == pair) return true;
    if (strings_.text(id) != kernel_.string(offset)) return false;
    known = pair;
    return true;
  }

 private:
  const btf::View& kernel_;
  const StringTable& strings_;
  std::vector<std::uint32_t> known_;  ///< by half of the offset: number and 1, and the lowest bit of the offset
};

/// Assigns groups as docs/pack-format.md describes it.
class ReadGroups {
 public:
  /// Returns the group of a listed type. Type ids must ascend.
  std::uint32_t next(std::uint32_t id, std::uint32_t node) {
    std::uint32_t& last = last_[node];
    if (last == group_ + 1) {
      ++group_;
      begins_.push_back(id);
    }
    last = group_ + 1;
    return group_;
  }
  /// Returns the group of an extra: that of the last listed type before it. next() was called for all listed types.
  [[nodiscard]] std::uint32_t before(std::uint32_t id) const {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(begins_, id) - begins_.begin());
  }

 private:
  std::uint32_t group_ = 0;
  NumberMap<std::uint32_t> last_;      ///< by node: the last group that has it, and 1
  std::vector<std::uint32_t> begins_;  ///< first type of each group but the first
};

class Reading {
 public:
  Reading(const btf::View& kernel, const TypeTables& tables, const KernelTypes& types)
      : kernel_(kernel),
        tables_(tables),
        types_(types),
        names_(kernel, tables.names),
        fields_(kernel, tables.fields),
        lists_(types.lists, tables.lists, tables.keys.size(), types.has_groups),
        extras_(types.extras, tables.extra_lists, tables.extra_keys.size(), types.has_groups),
        is_found_(kernel.id_end()),
        known_{std::vector<Known>(kernel.id_end()), std::vector<Known>(kernel.id_end()),
               std::vector<Known>(kernel.id_end())} {}

  bool run() {
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const TypePlace& place = types_.places[id];
      if (place.key == no_key || (place.key & extra_bit) != 0) continue;
      const std::uint32_t node = lists_.take(place.key, place.index, group_, notes_);
      if (node == 0 || node >= tables_.nodes.end() || key_of(tables_.nodes.words(node)) != place.key) return false;
      if (!is_entry(id, tables_.nodes.words(node), Table::nodes)) return false;
      if (types_.has_groups && group_ != groups_.next(id, node)) return false;
    }
    for (const Extra& extra : types_.extra_types) {
      const std::uint32_t cut = extras_.take(extra.key & ~extra_bit, extra.index, group_, notes_);
      if (cut == 0 || cut >= tables_.extra_cuts.end()) return false;
      if (!is_extra(extra, tables_.extra_cuts.words(cut))) return false;
      if (types_.has_groups && group_ != groups_.before(extra.id)) return false;
    }
    if (!lists_.all_taken() || !extras_.all_taken() || (types_.has_groups && !lists_.groups_can_be_kept()))
      return false;
    if (types_.contents == PackContents::types_only) return true;
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      if (!is_found_[id]) return false;
    }
    return true;
  }

 private:
  /// The table that a record is in, which is that of its references; those of a PTR in `nodes` are in `cuts`.
  enum class Table : std::uint8_t { nodes, cuts, extra_cuts };
  /// The record that was compared with a type without a list, in a walk without notes to come.
  struct Known {
    std::uint32_t record = 0;
    std::uint32_t group = 0;  ///< of the entry that was walked
  };

  [[nodiscard]] std::uint32_t key_of(Words node) const {
    return is_listed(node) ? tables_.known_key_of(kind_of(node), name_of(node)) : no_key;
  }

  bool is_entry(std::uint32_t id, Words record, Table table) {
    is_found_[id] = true;
    position_ = 0;
    return is_same(record, id, table) && notes_.empty();
  }

  bool is_extra(const Extra& extra, Words record) {
    if (btf::info_kind(record[1]) == 0) return false;
    const TypePlace& place = types_.places[extra.id];
    const bool is_kind = is_listed_extra(kind_of(record));
    if (place.key != (is_kind ? extra.key : no_key) || (is_kind && place.index != extra.index)) return false;
    StringId field = 0;
    if (name_of(record) == 0 && btf::info_vlen(record[1]) != 0 && btf::shape(kind_of(record)).elem_name >= 0)
      field = record[header_words + (btf::shape(kind_of(record)).info_size +
                                     static_cast<std::size_t>(btf::shape(kind_of(record)).elem_name)) /
                                        4];
    const std::uint32_t key = tables_.known_extra_key_of(kind_of(record), name_of(record), field);
    if ((key | extra_bit) != extra.key) return false;
    if (is_kind) return is_entry(extra.id, record, Table::extra_cuts);
    // The walk begins with a reference to the type.
    is_found_[extra.id] = true;
    position_ = 0;
    return next_note() == place.copy && is_same(record, extra.id, Table::extra_cuts) && notes_.empty();
  }

  /// Returns the value of the note of the next reference; 0 if it has none.
  std::uint32_t next_note() {
    const std::uint32_t position = position_++;
    if (notes_.empty() || notes_.front().position != position) return 0;
    const std::int32_t value = notes_.front().value;
    notes_ = notes_.subspan(1);
    return static_cast<std::uint32_t>(value);
  }

  /// Compares a record with a type of the kernel, and follows its references.
  bool is_same(Words record, std::uint32_t id, Table table) {
    const Type type = kernel_.type(id);
    const btf::KindShape& own = btf::shape(type.kind);
    if (record.size() != word_count(type.kind, type.vlen) ||
        record[1] != btf::make_info(static_cast<std::uint8_t>(type.kind), type.vlen, type.kind_flag) ||
        !names_.is_equal(type.name_off, record[0])) {
      return false;
    }
    if (table == Table::nodes && type.kind == Kind::ptr) table = Table::cuts;
    const std::uint32_t third = type.size_or_type;
    if (own.third == btf::Third::type ? !leads_to(record[2], third, table) : record[2] != third) return false;
    std::size_t at = btf::type_header_size;
    const std::uint32_t* word = record.data() + header_words;
    for (const std::size_t end = at + own.info_size; at < end; at += 4, ++word) {
      const auto in_info = static_cast<std::int8_t>(at - btf::type_header_size);
      const bool is_type = in_info == own.info_types[0] || in_info == own.info_types[1];
      const std::uint32_t value = kernel_.word(type, at);
      if (is_type ? !leads_to(*word, value, table) : *word != value) return false;
    }
    if (own.elem_size == 0) return true;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      for (std::int8_t in_element = 0; in_element < own.elem_size; in_element += 4, at += 4, ++word) {
        const std::uint32_t value = kernel_.word(type, at);
        const bool is_equal = in_element == own.elem_name   ? fields_.is_equal(value, *word)
                              : in_element == own.elem_type ? leads_to(*word, value, table)
                                                            : *word == value;
        if (!is_equal) return false;
      }
    }
    return true;
  }

  /// Returns true if a reference in a record of `table` leads to the type `id` of the kernel.
  bool leads_to(std::uint32_t number, std::uint32_t id, Table table) {
    if (number == 0 || id == 0) return number == id;
    const std::uint32_t note = next_note();
    if (table == Table::nodes) return node_leads_to(number, id, note);
    const Words cut = (table == Table::cuts ? tables_.cuts : tables_.extra_cuts).words(number);
    if (cut[1] == cut_leaf) return node_leads_to(cut[0], id, note);
    if (cut[1] == cut_key) return entry_is(lists_, cut[0], 0, 0, id, note);
    if (cut[1] == cut_extra_key) return entry_is(extras_, cut[0], extra_bit, 0, id, note);
    return unlisted_is(cut, number, table, id, note);
  }

  bool node_leads_to(std::uint32_t node, std::uint32_t id, std::uint32_t note) {
    const Words words = tables_.nodes.words(node);
    const std::uint32_t key = key_of(words);
    return key == no_key ? unlisted_is(words, node, Table::nodes, id, note) : entry_is(lists_, key, 0, node, id, note);
  }

  [[nodiscard]] bool entry_is(const ReadLists& lists, std::uint32_t key, std::uint32_t bit, std::uint32_t node,
                              std::uint32_t id, std::uint32_t note) const {
    const std::uint32_t first = lists.default_of(key, group_, node);
    const TypePlace& place = types_.places[id];
    return first != no_entry && place.key == (key | bit) && place.index == first + note;
  }

  bool unlisted_is(Words record, std::uint32_t number, Table table, std::uint32_t id, std::uint32_t note) {
    if (types_.places[id].key != no_key || types_.places[id].copy != note) return false;
    is_found_[id] = true;
    Known& known = known_[static_cast<std::size_t>(table)][id];
    // Without notes to come, the position does not matter.
    const bool is_plain = notes_.empty();
    if (is_plain && known.record == number && known.group == group_) return true;
    if (!is_same(record, id, table)) return false;
    if (is_plain) known = {.record = number, .group = group_};
    return true;
  }

  const btf::View& kernel_;
  const TypeTables& tables_;
  const KernelTypes& types_;
  ReadStrings names_;
  ReadStrings fields_;
  ReadLists lists_;
  ReadLists extras_;
  ReadGroups groups_;
  std::vector<bool> is_found_;   ///< by type id
  std::vector<Known> known_[3];  ///< by table and type id
  // The walk of one entry.
  std::span<const Note> notes_;  ///< those that are still to come
  std::uint32_t position_ = 0;
  std::uint32_t group_ = 0;
};

}  // namespace

bool is_read_back(const btf::View& kernel, const TypeTables& tables, const KernelTypes& types) {
  return Reading(kernel, tables, types).run();
}

}  // namespace minbtf::pack
