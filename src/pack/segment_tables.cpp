// SPDX-License-Identifier: BSD-2-Clause
#include "pack/segment_tables.hpp"

#include <algorithm>
#include <tuple>

namespace minbtf::pack {

namespace {

/// Numbers in the order of numbered(): the segment that adds all kernels to an empty pack has the canonical numbers.
class SegmentNumbering {
 public:
  SegmentNumbering(const TypeTables& tables, std::span<const KernelTypes* const> kernels, const KnownNumbers& known,
                   const RecordBounds& ends)
      : tables_(tables), kernels_(kernels), numbers_(known), first_key_(ends.keys), new_(ends) {}

  SegmentTables run() {
    const std::vector<std::uint32_t> order = sorted_keys();
    for (const std::uint32_t key : order) {
      if (numbers_.keys[key] != no_number) continue;
      numbers_.keys[key] = first_key_ + static_cast<std::uint32_t>(new_.keys.size());
      new_.keys.push_back({.name = name(tables_.keys[key].name), .kind = tables_.keys[key].kind});
    }
    lists_.resize(tables_.lists.end());
    new_.kernels = number_lists(&KernelTypes::lists, order, [this](std::uint32_t old) { return list(old); });
    for (KernelLists& lists : new_.kernels) {
      for (auto& [key, list] : lists) key = numbers_.keys[order[key]];
      std::ranges::sort(lists);
    }
    add_extras();
    return std::move(new_);
  }

 private:
  /// Returns the lists of the kernels by the place of their keys in `order`. Calls number_of(old list) by place and
  /// kernel.
  template <typename NumberOf>
  std::vector<KernelLists> number_lists(KernelLists KernelTypes::*lists, const std::vector<std::uint32_t>& order,
                                        NumberOf number_of) const {
    struct Place {
      std::uint32_t rank;
      std::size_t kernel;
      std::uint32_t list;

      auto operator<=>(const Place&) const = default;
    };
    std::vector<std::uint32_t> ranks(order.empty() ? 0 : *std::ranges::max_element(order) + std::size_t{1});
    for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
    std::vector<Place> places;
    for (std::size_t kernel = 0; kernel < kernels_.size(); ++kernel) {
      for (const auto& [key, list] : kernels_[kernel]->*lists) places.push_back({ranks[key], kernel, list});
    }
    std::ranges::sort(places);
    std::vector<KernelLists> numbered(kernels_.size());
    for (const Place& place : places) numbered[place.kernel].emplace_back(place.rank, number_of(place.list));
    return numbered;
  }

  /// Returns the keys that the kernels have.
  [[nodiscard]] std::vector<std::uint32_t> needed_keys(KernelLists KernelTypes::*lists, std::size_t count) const {
    std::vector<bool> is_needed(count);
    for (const KernelTypes* const kernel : kernels_) {
      for (const auto& [key, list] : kernel->*lists) is_needed[key] = true;
    }
    std::vector<std::uint32_t> keys;
    for (std::uint32_t key = 0; key < is_needed.size(); ++key) {
      if (is_needed[key]) keys.push_back(key);
    }
    return keys;
  }

  [[nodiscard]] std::vector<std::uint32_t> sorted_keys() const {
    std::vector<std::uint32_t> keys = needed_keys(&KernelTypes::lists, tables_.keys.size());
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

  std::uint32_t list(std::uint32_t id) {
    if (lists_[id] != 0) return lists_[id];
    List entries = list_of(tables_.lists.words(id));
    for (Entry& entry : entries.entries) entry.node = node(entry.node);
    lists_[id] = new_.lists.add(list_words(entries.entries));
    return lists_[id];
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
  void add_extras() {
    extra_cuts_.resize(tables_.extra_cuts.end());
    extra_lists_.resize(tables_.extra_lists.end());
    extra_keys_.resize(tables_.extra_keys.size());
    std::vector<std::uint32_t> order = needed_keys(&KernelTypes::extras, tables_.extra_keys.size());
    std::ranges::sort(order, {}, [this](std::uint32_t key) { return tables_.order_of(tables_.extra_keys[key]); });
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      extra_keys_[order[i]] = i;
      static_cast<void>(new_.extra_names.add(tables_.names.text(tables_.extra_keys[order[i]].name)));
    }
    new_.extras = number_lists(&KernelTypes::extras, order, [this](std::uint32_t old) { return extra_list(old); });
    for (const std::uint32_t key : order) {
      const ExtraKey& each = tables_.extra_keys[key];
      new_.extra_keys.push_back({.name = new_.extra_names.add(tables_.names.text(each.name)),
                                 .field = new_.extra_fields.add(tables_.fields.text(each.field)),
                                 .kind = each.kind});
    }
  }

  std::uint32_t extra_list(std::uint32_t id) {
    if (extra_lists_[id] != 0) return extra_lists_[id];
    List entries = list_of(tables_.extra_lists.words(id));
    for (Entry& entry : entries.entries) entry.node = extra_cut(entry.node);
    extra_lists_[id] = new_.extra_lists.add(list_words(entries.entries));
    return extra_lists_[id];
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
  std::span<const KernelTypes* const> kernels_;
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

SegmentTables segment_tables(const TypeTables& tables, std::span<const KernelTypes* const> kernels,
                             const KnownNumbers& known, const RecordBounds& ends) {
  return SegmentNumbering(tables, kernels, known, ends).run();
}

}  // namespace minbtf::pack
