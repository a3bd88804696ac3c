// SPDX-License-Identifier: BSD-2-Clause
#include "pack/read_back.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace minbtf::pack {

namespace {

using btf::Kind;
using btf::Type;

/// The lists of a kernel by key.
class ReadLists {
 public:
  ReadLists(const KernelLists& lists, const ListTable& table, std::size_t key_end) : begins_(key_end + 1) {
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
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }
  /// Returns the index of the first entry with a node; of the first entry if `node` is 0. no_entry if there is none.
  [[nodiscard]] std::uint32_t first(std::uint32_t key, std::uint32_t node) const {
    for (std::uint32_t i = begins_[key]; i < begins_[key + std::size_t{1}]; ++i) {
      if (node == 0 || entries_[i].node == node) return i - begins_[key];
    }
    return no_entry;
  }
  /// Returns the node of an entry and sets `notes`; 0 if there is no such entry, or if it was taken before.
  std::uint32_t take(std::uint32_t key, std::uint32_t index, std::span<const Note>& notes) {
    if (key + std::size_t{1} >= begins_.size() || index >= begins_[key + std::size_t{1}] - begins_[key]) return 0;
    const std::size_t place = begins_[key] + index;
    if (is_read_[place]) return 0;
    is_read_[place] = true;
    ++taken_;
    const ReadEntry& entry = entries_[place];
    const std::uint32_t end = place + 1 == entries_.size() ? notes_end() : entries_[place + 1].notes_begin;
    notes = std::span(notes_).subspan(entry.notes_begin, end - entry.notes_begin);
    return entry.group == 0 ? entry.node : 0;
  }
  [[nodiscard]] bool all_taken() const noexcept { return taken_ == entries_.size(); }

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

class Reading {
 public:
  Reading(const btf::View& kernel, const TypeTables& tables, const KernelTypes& types)
      : kernel_(kernel),
        tables_(tables),
        types_(types),
        names_(kernel, tables.names),
        fields_(kernel, tables.fields),
        lists_(types.lists, tables.lists, tables.keys.size()),
        extras_(types.extras, tables.extra_lists, tables.extra_keys.size()),
        is_found_(kernel.id_end()),
        known_{std::vector<std::uint32_t>(kernel.id_end()), std::vector<std::uint32_t>(kernel.id_end()),
               std::vector<std::uint32_t>(kernel.id_end())} {}

  bool run() {
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const TypePlace& place = types_.places[id];
      if (place.key == no_key || (place.key & extra_bit) != 0) continue;
      const std::uint32_t node = lists_.take(place.key, place.index, notes_);
      if (node == 0 || key_of(tables_.nodes.words(node)) != place.key) return false;
      if (!is_entry(id, tables_.nodes.words(node), Table::nodes)) return false;
    }
    for (const Extra& extra : types_.extra_types) {
      const std::uint32_t cut = extras_.take(extra.key & ~extra_bit, extra.index, notes_);
      if (cut == 0 || !is_extra(extra, tables_.extra_cuts.words(cut))) return false;
    }
    if (!lists_.all_taken() || !extras_.all_taken()) return false;
    if (types_.contents == PackContents::types_only) return true;
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      if (!is_found_[id]) return false;
    }
    return true;
  }

 private:
  /// The table that a record is in, which is that of its references; those of a PTR in `nodes` are in `cuts`.
  enum class Table : std::uint8_t { nodes, cuts, extra_cuts };

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
    const std::uint32_t first = lists.first(key, node);
    const TypePlace& place = types_.places[id];
    return first != no_entry && place.key == (key | bit) && place.index == first + note;
  }

  bool unlisted_is(Words record, std::uint32_t number, Table table, std::uint32_t id, std::uint32_t note) {
    if (types_.places[id].key != no_key || types_.places[id].copy != note) return false;
    is_found_[id] = true;
    std::uint32_t& known = known_[static_cast<std::size_t>(table)][id];
    // Without notes to come, the position does not matter.
    const bool is_plain = notes_.empty();
    if (is_plain && known == number) return true;
    if (!is_same(record, id, table)) return false;
    if (is_plain) known = number;
    return true;
  }

  const btf::View& kernel_;
  const TypeTables& tables_;
  const KernelTypes& types_;
  ReadStrings names_;
  ReadStrings fields_;
  ReadLists lists_;
  ReadLists extras_;
  std::vector<bool> is_found_;           ///< by type id
  std::vector<std::uint32_t> known_[3];  ///< by table and type id: the record that was compared with the type
  // The walk of one entry.
  std::span<const Note> notes_;  ///< those that are still to come
  std::uint32_t position_ = 0;
};

}  // namespace

bool is_read_back(const btf::View& kernel, const TypeTables& tables, const KernelTypes& types) {
  return Reading(kernel, tables, types).run();
}

}  // namespace minbtf::pack
