// SPDX-License-Identifier: BSD-2-Clause
#include "pack/segment_tables.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace minbtf::pack {

namespace {

/// Numbers in the order of numbered(): the segment that adds all kernels to an empty pack has the canonical numbers.
class SegmentNumbering {
 public:
  SegmentNumbering(const TypeTables& tables, KnownNumbers known, const RecordBounds& ends)
      : tables_(tables), numbers_(std::move(known)), first_key_(ends.keys), new_(ends) {}

  SegmentTables run(ListRuns lists, ListRuns extras) {
    const std::vector<std::uint32_t> order = sorted_keys(lists);
    for (const std::uint32_t key : order) {
      if (numbers_.keys[key] != no_number) continue;
      numbers_.keys[key] = first_key_ + static_cast<std::uint32_t>(new_.keys.size());
      new_.keys.push_back({.name = name(tables_.keys[key].name), .kind = tables_.keys[key].kind});
    }
    lists_.resize(tables_.lists.end());
    lists.for_each_list(order, [this](ListId id) { add_list(id); });
    new_.kernels = std::move(lists);
    new_.kernels.renumber(numbers_.keys, [this](ListId old) {
      const std::uint32_t only = ListTable::only_node(old);
      return only != 0 ? ListTable::of_node(numbers_.nodes[only]) : lists_[old];
    });
    add_extras(std::move(extras));
    return std::move(new_);
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> sorted_keys(const ListRuns& lists) const {
    std::vector<std::uint32_t> keys = lists.keys();
    std::ranges::sort(keys, {}, [this](std::uint32_t key) {
      return std::tuple(tables_.names.text(tables_.keys[key].name), tables_.keys[key].kind);
    });
    return keys;
  }

  StringId name(StringId id) {
    if (numbers_.names[id] == no_number) numbers_.names[id] = new_.names.add(tables_.names.text(id));
    return numbers_.names[id];
  }

  StringId field(StringId id) {
    if (numbers_.fields[id] == no_number) numbers_.fields[id] = new_.fields.add(tables_.fields.text(id));
    return numbers_.fields[id];
  }

  void add_list(ListId id) {
    if (const std::uint32_t only = ListTable::only_node(id); only != 0) {
      static_cast<void>(node(only));
      return;
    }
    ListTable::OneEntry memory;
    List entries = list_of(tables_.lists.words(id, memory));
    for (Entry& entry : entries.entries) entry.node = node(entry.node);
    lists_[id] = new_.lists.add(list_words(entries.entries));
  }

  std::uint32_t node(std::uint32_t id) {
    if (numbers_.nodes[id] != no_number) return numbers_.nodes[id];
    const Words words = tables_.nodes.words(id);
    const bool is_pointer = kind_of(words) == btf::Kind::ptr;
    numbers_.nodes[id] =
        new_.nodes.add(record(words, [&](std::uint32_t to) { return is_pointer ? cut(to) : node(to); }));
    return numbers_.nodes[id];
  }

  std::uint32_t cut(std::uint32_t id) {
    if (numbers_.cuts[id] != no_number) return numbers_.cuts[id];
    const Words words = tables_.cuts.words(id);
    if (words[1] == cut_leaf) {
      numbers_.cuts[id] = new_.cuts.add(std::vector{node(words[0]), cut_leaf});
    } else if (words[1] == cut_key) {
      numbers_.cuts[id] = new_.cuts.add(std::vector{numbers_.keys[words[0]], cut_key});
    } else {
      numbers_.cuts[id] = new_.cuts.add(record(words, [&](std::uint32_t to) { return cut(to); }));
    }
    return numbers_.cuts[id];
  }

  /// Numbers extras as numbered() does.
  void add_extras(ListRuns extras) {
    extra_cuts_.resize(tables_.extra_cuts.end());
    extra_lists_.resize(tables_.extra_lists.end());
    extra_keys_.resize(tables_.extra_keys.size());
    std::vector<std::uint32_t> order = extras.keys();
    std::ranges::sort(order, {}, [this](std::uint32_t key) { return tables_.order_of(tables_.extra_keys[key]); });
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      extra_keys_[order[i]] = i;
      static_cast<void>(new_.extra_names.add(tables_.names.text(tables_.extra_keys[order[i]].name)));
    }
    extras.for_each_list(order, [this](ListId id) { add_extra_list(id); });
    new_.extras = std::move(extras);
    new_.extras.renumber(extra_keys_, [this](ListId old) {
      const std::uint32_t only = ListTable::only_node(old);
      return only != 0 ? ListTable::of_node(extra_cuts_[only]) : extra_lists_[old];
    });
    for (const std::uint32_t key : order) {
      const ExtraKey& each = tables_.extra_keys[key];
      new_.extra_keys.push_back({.name = new_.extra_names.add(tables_.names.text(each.name)),
                                 .field = new_.extra_fields.add(tables_.fields.text(each.field)),
                                 .kind = each.kind});
    }
  }

  void add_extra_list(ListId id) {
    if (const std::uint32_t only = ListTable::only_node(id); only != 0) {
      static_cast<void>(extra_cut(only));
      return;
    }
    ListTable::OneEntry memory;
    List entries = list_of(tables_.extra_lists.words(id, memory));
    for (Entry& entry : entries.entries) entry.node = extra_cut(entry.node);
    extra_lists_[id] = new_.extra_lists.add(list_words(entries.entries));
  }

  std::uint32_t extra_cut(std::uint32_t id) {
    if (id == 0 || extra_cuts_[id] != 0) return extra_cuts_[id];
    const Words old = tables_.extra_cuts.words(id);
    std::vector<std::uint32_t> words(old.begin(), old.end());
    if (old[1] == cut_leaf) {
      words[0] = node(old[0]);
    } else if (old[1] == cut_key) {
      words[0] = numbers_.keys[old[0]];
    } else if (old[1] == cut_extra_key) {
      words[0] = extra_keys_[old[0]];
    } else {
      words[0] = new_.extra_names.add(tables_.names.text(old[0]));
      for_each_field_word(old, [&](std::size_t i) { words[i] = new_.extra_fields.add(tables_.fields.text(old[i])); });
      for_each_reference_word(old, [&](std::size_t i) { words[i] = extra_cut(old[i]); });
    }
    extra_cuts_[id] = new_.extra_cuts.add(words);
    return extra_cuts_[id];
  }

  template <typename NumberOf>
  std::vector<std::uint32_t> record(Words old, NumberOf number_of) {
    std::vector<std::uint32_t> words(old.begin(), old.end());
    words[0] = name(old[0]);
    for_each_field_word(old, [&](std::size_t i) { words[i] = field(old[i]); });
    for_each_reference_word(old, [&](std::size_t i) { words[i] = number_of(old[i]); });
    return words;
  }

  const TypeTables& tables_;
  KnownNumbers numbers_;  ///< of the pack, and then also of the segment
  std::uint32_t first_key_;
  SegmentTables new_;
  // New numbers by number in the tables. 0: not added yet.
  std::vector<std::uint32_t> lists_;
  std::vector<std::uint32_t> extra_cuts_;
  std::vector<std::uint32_t> extra_lists_;
  std::vector<std::uint32_t> extra_keys_;
};

}  // namespace

SegmentTables segment_tables(const TypeTables& tables, ListRuns lists, ListRuns extras, KnownNumbers known,
                             const RecordBounds& ends) {
  return SegmentNumbering(tables, std::move(known), ends).run(std::move(lists), std::move(extras));
}

}  // namespace minbtf::pack
