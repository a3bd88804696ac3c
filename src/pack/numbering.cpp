// SPDX-License-Identifier: BSD-2-Clause
#include "pack/numbering.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace minbtf::pack {

namespace {

class Numbering {
 public:
  Numbering(const TypeTables& old, std::span<const KernelLists> kernels)
      : old_(old),
        kernels_(kernels),
        nodes_(old.nodes.end()),
        cuts_(old.cuts.end()),
        keys_(old.keys.size()),
        lists_(old.lists.end()) {}

  Numbered run() {
    const std::vector<std::uint32_t> order = sorted_keys();
    for (const std::uint32_t key : order) {
      keys_[key] = key == integers_key ? integers_key : new_.tables.key({name_of_key(key), old_.keys[key].kind});
    }
    new_.kernels.resize(kernels_.size());
    std::vector<std::size_t> next(kernels_.size());
    std::vector<KernelLists> sorted(kernels_.begin(), kernels_.end());
    for (KernelLists& lists : sorted) {
      for (auto& [key, list] : lists) key = keys_[key];
      std::ranges::sort(lists);
    }
    for (std::uint32_t key = 0; key < order.size(); ++key) {
      for (std::size_t kernel = 0; kernel < sorted.size(); ++kernel) {
        std::size_t& at = next[kernel];
        if (at == sorted[kernel].size() || sorted[kernel][at].first != key) continue;
        new_.kernels[kernel].emplace_back(key, list_of_old(sorted[kernel][at].second));
        ++at;
      }
    }
    return std::move(new_);
  }

 private:
  StringId name_of_key(std::uint32_t key) { return new_.tables.names.add(old_.names.text(old_.keys[key].name)); }

  /// Returns the keys that the kernels have, and integers_key.
  [[nodiscard]] std::vector<std::uint32_t> sorted_keys() const {
    std::vector<bool> is_needed(old_.keys.size());
    is_needed[integers_key] = true;
    for (const KernelLists& lists : kernels_) {
      for (const auto& [key, list] : lists) is_needed[key] = true;
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

  std::uint32_t list_of_old(std::uint32_t old) {
    std::uint32_t& list = lists_[old];
    if (list != 0) return list;
    List entries = list_of(old_.lists.words(old));
    for (Entry& entry : entries.entries) entry.node = node(entry.node);
    list = new_.tables.lists.add(list_words(entries.entries));
    return list;
  }

  template <typename NumberOf>
  std::vector<std::uint32_t> record(Words old, NumberOf number_of) {
    std::vector<std::uint32_t> words(old.begin(), old.end());
    words[0] = new_.tables.names.add(old_.names.text(old[0]));
    for_each_field_word(old, [&](std::size_t i) { words[i] = new_.tables.fields.add(old_.fields.text(old[i])); });
    for_each_reference_word(old, [&](std::size_t i) { words[i] = number_of(old[i]); });
    return words;
  }

  std::uint32_t node(std::uint32_t old) {
    if (old == 0 || nodes_[old] != 0) return nodes_[old];
    const Words words = old_.nodes.words(old);
    const bool is_pointer = kind_of(words) == btf::Kind::ptr;
    nodes_[old] =
        new_.tables.nodes.add(record(words, [&](std::uint32_t to) { return is_pointer ? cut(to) : node(to); }));
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
      cuts_[old] = new_.tables.cuts.add(record(words, [&](std::uint32_t to) { return cut(to); }));
    }
    return cuts_[old];
  }

  const TypeTables& old_;
  std::span<const KernelLists> kernels_;
  Numbered new_;
  // New numbers by old number. 0: not added yet.
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> lists_;
};

}  // namespace

Numbered numbered(const TypeTables& tables, std::span<const KernelLists> kernels) {
  return Numbering(tables, kernels).run();
}

}  // namespace minbtf::pack
