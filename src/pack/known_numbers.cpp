// SPDX-License-Identifier: BSD-2-Clause
#include "pack/known_numbers.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

namespace minbtf::pack {

namespace {

/// Pairs the numbers of a pack with those of the writer's tables, in ascending order of the pack's numbers. References
/// lead to smaller numbers, so that the targets of a record are paired before the record. The leaves of cut types are
/// nodes without references, and are paired first.
class Pairing {
 public:
  Pairing(const StoredPack& pack, const TypeTables& tables) : pack_(pack), tables_(tables) {}

  KnownNumbers run() {
    names_ = pair(pack_.names(), tables_.names, known_.names);
    fields_ = pair(pack_.fields(), tables_.fields, known_.fields);
    pair_keys();
    nodes_.assign(pack_.bounds().nodes, no_number);
    cuts_.assign(pack_.bounds().cuts, no_number);
    known_.nodes.assign(tables_.nodes.end(), no_number);
    known_.cuts.assign(tables_.cuts.end(), no_number);
    nodes_[0] = cuts_[0] = known_.nodes[0] = known_.cuts[0] = 0;
    pair_leaves();
    for (const Section* section : pack_.sections(SectionType::cuts)) {
      const RecordBlock block = pack_.records(*section);
      for (std::uint32_t id = section->first; id < section->first + section->count; ++id)
        pair_cut(id, block.record(id));
    }
    for (const Section* section : pack_.sections(SectionType::nodes)) {
      const RecordBlock block = pack_.records(*section);
      for (std::uint32_t id = section->first; id < section->first + section->count; ++id)
        pair_node(id, block.record(id));
    }
    return std::move(known_);
  }

 private:
  /// Returns the numbers of the writer by number of the pack, and sets `known` to the inverse.
  static std::vector<std::uint32_t> pair(const Strings& stored, const StringTable& strings,
                                         std::vector<std::uint32_t>& known) {
    std::vector<std::uint32_t> numbers(stored.size(), no_number);
    known.assign(strings.size(), no_number);
    for (StringId id = 0; id < stored.size(); ++id) {
      const std::optional<StringId> found = strings.find(stored[id]);
      if (!found || known[*found] != no_number) continue;
      numbers[id] = *found;
      known[*found] = id;
    }
    return numbers;
  }

  void pair_keys() {
    keys_.assign(pack_.keys().size(), no_number);
    known_.keys.assign(tables_.keys.size(), no_number);
    for (std::uint32_t key = 0; key < keys_.size(); ++key) {
      const Key& stored = pack_.keys()[key];
      if (names_[stored.name] == no_number) continue;
      const auto found = tables_.key_ids.find({.name = names_[stored.name], .kind = stored.kind});
      if (found == tables_.key_ids.end()) continue;
      keys_[key] = found->second;
      known_.keys[found->second] = key;
    }
  }

  void pair_leaves() {
    std::set<std::uint32_t> leaves;
    for (const Section* section : pack_.sections(SectionType::cuts)) {
      const RecordBlock block = pack_.records(*section);
      for (std::uint32_t id = section->first; id < section->first + section->count; ++id) {
        if (const Words words = block.record(id); words[1] == cut_leaf) leaves.insert(words[0]);
      }
    }
    for (const Section* section : pack_.sections(SectionType::nodes)) {
      auto leaf = leaves.lower_bound(section->first);
      const std::uint32_t end = section->first + section->count;
      if (leaf == leaves.end() || *leaf >= end) continue;
      const RecordBlock block = pack_.records(*section);
      for (; leaf != leaves.end() && *leaf < end; ++leaf) {
        if (is_leaf(kind_of(block.record(*leaf))))
          pair_record(*leaf, block.record(*leaf), tables_.nodes, nodes_, nodes_, known_.nodes);
      }
    }
  }

  void pair_cut(std::uint32_t id, Words words) {
    if (btf::info_kind(words[1]) != 0) {
      pass(words, RecordForm::cut, known_.cuts_before);
      pair_record(id, words, tables_.cuts, cuts_, cuts_, known_.cuts);
      return;
    }
    const std::uint32_t target = words[1] == cut_leaf ? nodes_[words[0]] : keys_[words[0]];
    if (target == no_number) return;
    set(id, tables_.cuts.find(std::vector{target, words[1]}), cuts_, known_.cuts);
  }

  void pair_node(std::uint32_t id, Words words) {
    pass(words, RecordForm::node, known_.nodes_before);
    const bool is_pointer = kind_of(words) == btf::Kind::ptr;
    pair_record(id, words, tables_.nodes, is_pointer ? cuts_ : nodes_, nodes_, known_.nodes);
  }

  /// `targets` has the numbers of the writer for the records that the record refers to.
  void pair_record(std::uint32_t id, Words words, const RecordTable& table, const std::vector<std::uint32_t>& targets,
                   std::vector<std::uint32_t>& numbers, std::vector<std::uint32_t>& known) {
    if (names_[words[0]] == no_number) return;
    record_.assign(words.begin(), words.end());
    record_[0] = names_[words[0]];
    bool is_known = true;
    for_each_field_word(words, [&](std::size_t i) {
      record_[i] = fields_[words[i]];
      is_known = is_known && record_[i] != no_number;
    });
    if (!is_known) return;
    for_each_reference_word(words, [&](std::size_t i) {
      record_[i] = targets[words[i]];
      is_known = is_known && record_[i] != no_number;
    });
    if (is_known) set(id, table.find(record_), numbers, known);
  }

  /// `found` is 0 if the writer does not have the record.
  static void set(std::uint32_t id, std::uint32_t found, std::vector<std::uint32_t>& numbers,
                  std::vector<std::uint32_t>& known) {
    if (found == 0) return;
    numbers[id] = found;
    if (known[found] == no_number) known[found] = id;
  }

  const StoredPack& pack_;
  const TypeTables& tables_;
  KnownNumbers known_;
  // The writer's numbers by number of the pack; `no_number` if the writer does not have it.
  std::vector<std::uint32_t> names_;
  std::vector<std::uint32_t> fields_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  std::vector<std::uint32_t> record_;  ///< with numbers of the writer
};

}  // namespace

KnownNumbers known_numbers(const StoredPack& pack, const TypeTables& tables) { return Pairing(pack, tables).run(); }

}  // namespace minbtf::pack
