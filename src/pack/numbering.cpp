// SPDX-License-Identifier: BSD-2-Clause
#include "pack/numbering.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace minbtf::pack {

namespace {

class Numbering {
 public:
  Numbering(const TypeTables& old, std::span<const KernelTypes* const> kernels)
      : old_(old),
        kernels_(kernels),
        nodes_(old.nodes.end()),
        cuts_(old.cuts.end()),
        keys_(old.keys.size()),
        lists_(old.lists.end()),
        extra_cuts_(old.extra_cuts.end()),
        extra_keys_(old.extra_keys.size()),
        extra_lists_(old.extra_lists.end()) {}

  Numbered run() {
    const std::vector<std::uint32_t> order = sorted_keys();
    for (const std::uint32_t key : order) {
      keys_[key] = key == integers_key ? integers_key : new_.tables.key({name_of_key(key), old_.keys[key].kind});
    }
    new_.kernels = number_lists(&KernelTypes::lists, keys_, [this](std::uint32_t old) { return list_of_old(old); });
    const std::vector<std::uint32_t> extras = sorted_extra_keys();
    for (std::uint32_t i = 0; i < extras.size(); ++i) extra_keys_[extras[i]] = i;
    for (const std::uint32_t key : extras) {
      (void)new_.extra_names.add(old_.names.text(old_.extra_keys[key].name));
    }
    new_.extras =
        number_lists(&KernelTypes::extras, extra_keys_, [this](std::uint32_t old) { return extra_list_of_old(old); });
    // The fields of keys are those of records.
    for (const std::uint32_t key : extras) {
      const ExtraKey& each = old_.extra_keys[key];
      new_.tables.extra_keys.push_back({.name = new_.extra_names.add(old_.names.text(each.name)),
                                        .field = new_.extra_fields.add(old_.fields.text(each.field)),
                                        .kind = each.kind});
    }
    return std::move(new_);
  }

 private:
  /// Returns the lists of the kernels with new numbers of keys and lists. Calls number_of(old list) by key and kernel.
  template <typename NumberOf>
  std::vector<KernelLists> number_lists(KernelLists KernelTypes::*lists, const std::vector<std::uint32_t>& new_keys,
                                        NumberOf number_of) const {
    struct Place {
      std::uint32_t key;
      std::size_t kernel;
      std::uint32_t list;

      auto operator<=>(const Place&) const = default;
    };
    std::vector<Place> places;
    for (std::size_t kernel = 0; kernel < kernels_.size(); ++kernel) {
      for (const auto& [key, list] : kernels_[kernel]->*lists) places.push_back({new_keys[key], kernel, list});
    }
    std::ranges::sort(places);
    std::vector<KernelLists> numbered(kernels_.size());
    for (const Place& place : places) numbered[place.kernel].emplace_back(place.key, number_of(place.list));
    return numbered;
  }

  StringId name_of_key(std::uint32_t key) { return new_.tables.names.add(old_.names.text(old_.keys[key].name)); }

  /// Returns the keys that the kernels have, and integers_key.
  [[nodiscard]] std::vector<std::uint32_t> sorted_keys() const {
    std::vector<bool> is_needed(old_.keys.size());
    is_needed[integers_key] = true;
    for (const KernelTypes* const kernel : kernels_) {
      for (const auto& [key, list] : kernel->lists) is_needed[key] = true;
    }
    std::vector<std::uint32_t> keys;
    for (std::uint32_t key = 0; key < old_.keys.size(); ++key) {
      if (is_needed[key]) keys.push_back(key);
    }
    // integers_key has an empty name, and is the first.
    std::ranges::sort(keys, {}, [&](std::uint32_t key) {
      return std::tuple(old_.names.text(old_.keys[key].name), old_.keys[key].kind);
    });
    return keys;
  }

  [[nodiscard]] std::vector<std::uint32_t> sorted_extra_keys() const {
    std::vector<bool> is_needed(old_.extra_keys.size());
    for (const KernelTypes* const kernel : kernels_) {
      for (const auto& [key, list] : kernel->extras) is_needed[key] = true;
    }
    std::vector<std::uint32_t> keys;
    for (std::uint32_t key = 0; key < old_.extra_keys.size(); ++key) {
      if (is_needed[key]) keys.push_back(key);
    }
    std::ranges::sort(keys, {}, [&](std::uint32_t key) { return old_.order_of(old_.extra_keys[key]); });
    return keys;
  }

  std::uint32_t extra_list_of_old(std::uint32_t old) {
    std::uint32_t& list = extra_lists_[old];
    if (list != 0) return list;
    List entries = list_of(old_.extra_lists.words(old));
    for (Entry& entry : entries.entries) entry.node = extra_cut(entry.node);
    list = new_.tables.extra_lists.add(list_words(entries.entries));
    return list;
  }

  std::uint32_t list_of_old(std::uint32_t old) {
    std::uint32_t& list = lists_[old];
    if (list != 0) return list;
    List entries = list_of(old_.lists.words(old));
    for (Entry& entry : entries.entries) entry.node = node(entry.node);
    list = new_.tables.lists.add(list_words(entries.entries));
    return list;
  }

  template <typename NumberOf>
  std::vector<std::uint32_t> record(Words old, StringTable& names, StringTable& fields, NumberOf number_of) const {
    std::vector<std::uint32_t> words(old.begin(), old.end());
    words[0] = names.add(old_.names.text(old[0]));
    for_each_field_word(old, [&](std::size_t i) { words[i] = fields.add(old_.fields.text(old[i])); });
    for_each_reference_word(old, [&](std::size_t i) { words[i] = number_of(old[i]); });
    return words;
  }

  std::uint32_t node(std::uint32_t old) {
    if (old == 0 || nodes_[old] != 0) return nodes_[old];
    const Words words = old_.nodes.words(old);
    const bool is_pointer = kind_of(words) == btf::Kind::ptr;
    nodes_[old] = new_.tables.nodes.add(record(words, new_.tables.names, new_.tables.fields,
                                               [&](std::uint32_t to) { return is_pointer ? cut(to) : node(to); }));
    return nodes_[old];
  }

  std::uint32_t cut(std::uint32_t old) {
    if (old == 0 || cuts_[old] != 0) return cuts_[old];
    const Words words = old_.cuts.words(old);
    if (words[1] == cut_leaf) {
      cuts_[old] = new_.tables.cuts.add(std::vector{node(words[0]), cut_leaf});
    } else if (words[1] == cut_key) {
      cuts_[old] = new_.tables.cuts.add(std::vector{keys_[words[0]], cut_key});
    } else {
      cuts_[old] = new_.tables.cuts.add(
          record(words, new_.tables.names, new_.tables.fields, [&](std::uint32_t to) { return cut(to); }));
    }
    return cuts_[old];
  }

  std::uint32_t extra_cut(std::uint32_t old) {
    if (old == 0 || extra_cuts_[old] != 0) return extra_cuts_[old];
    const Words words = old_.extra_cuts.words(old);
    RecordTable& table = new_.tables.extra_cuts;
    if (words[1] == cut_leaf) {
      extra_cuts_[old] = table.add(std::vector{node(words[0]), cut_leaf});
    } else if (words[1] == cut_key) {
      extra_cuts_[old] = table.add(std::vector{keys_[words[0]], cut_key});
    } else if (words[1] == cut_extra_key) {
      extra_cuts_[old] = table.add(std::vector{extra_keys_[words[0]], cut_extra_key});
    } else {
      extra_cuts_[old] = table.add(
          record(words, new_.extra_names, new_.extra_fields, [&](std::uint32_t to) { return extra_cut(to); }));
    }
    return extra_cuts_[old];
  }

  const TypeTables& old_;
  std::span<const KernelTypes* const> kernels_;
  Numbered new_;
  // New numbers by old number. 0: not added yet.
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> lists_;
  std::vector<std::uint32_t> extra_cuts_;
  std::vector<std::uint32_t> extra_keys_;
  std::vector<std::uint32_t> extra_lists_;
};

}  // namespace

Numbered numbered(const TypeTables& tables, std::span<const KernelTypes* const> kernels) {
  return Numbering(tables, kernels).run();
}

}  // namespace minbtf::pack
