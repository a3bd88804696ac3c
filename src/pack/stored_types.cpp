// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stored_types.hpp"

#include "pack/kernel_types.hpp"
#include "pack/stored_extras.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "minbtf/error.hpp"

namespace minbtf::pack {

namespace {

class Import {
 public:
  Import(const StoredPack& pack, TypeTables& tables) : pack_(pack), tables_(tables) {}

  std::vector<KernelTypes> run(std::span<const std::uint32_t> kernels, PackContents contents) {
    for (StringId id = 0; id < pack_.names().size(); ++id) names_.push_back(tables_.names.add(pack_.names()[id]));
    for (StringId id = 0; id < pack_.fields().size(); ++id) fields_.push_back(tables_.fields.add(pack_.fields()[id]));
    std::vector<bool> is_used;
    for (const Key& key : pack_.keys()) {
      keys_.push_back(tables_.key({.name = names_[key.name], .kind = key.kind}));
      if (is_used.size() <= keys_.back()) is_used.resize(keys_.back() + std::size_t{1});
      if (is_used[keys_.back()]) pack_.damaged("keys", "two equal keys");
      is_used[keys_.back()] = true;
    }
    find_needed(kernels);
    add_records();
    std::vector<KernelTypes> types(kernels.size());
    std::vector<KernelLists> lists = add_lists(kernels);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      types[i].contents = contents;
      types[i].has_groups = pack_.catalog().kernels[kernels[i]].has_groups;
      types[i].lists = std::move(lists[i]);
    }
    if (contents == PackContents::everything) {
      for (const Segment& segment : pack_.segments()) add_extras(segment, kernels, types);
    }
    return types;
  }

 private:
  /// The new number of a record in a section that is damaged, and of each record that refers to one. No kernel may need
  /// it.
  static constexpr std::uint32_t missing = static_cast<std::uint32_t>(-1);

  /// Finds the segments whose sections must be sound: those of the kernels and of their bases. Kernels that were
  /// replaced or removed stay in a pack, and damage to what only they need is no error.
  void find_needed(std::span<const std::uint32_t> kernels) {
    is_needed_.assign(pack_.segments().size(), false);
    for (std::uint32_t kernel : kernels) {
      if (pack_.catalog().kernels[kernel].form == PackedKernel::Form::verbatim) continue;
      for (; kernel != no_kernel; kernel = pack_.catalog().kernels[kernel].base)
        is_needed_[static_cast<std::size_t>(&pack_.segment_of(kernel) - pack_.segments().data())] = true;
    }
  }

  void add_records() {
    nodes_.assign(pack_.bounds().nodes, 0);
    cuts_.assign(pack_.bounds().cuts, 0);
    // Leaves are nodes without references. All other nodes can refer to cut types, and are added after them.
    add_leaves();
    for (const Section* section : pack_.sections(SectionType::cuts)) {
      for_each_record(*section, [&](std::uint32_t id, Words words) {
        if (words[1] == cut_leaf) {
          const std::uint32_t leaf = nodes_[words[0]];
          if (leaf == 0) pack_.damaged("cuts", "a leaf that is not an INT or FLOAT");
          cuts_[id] = leaf == missing ? missing : tables_.cuts.add(std::vector{leaf, cut_leaf});
        } else if (words[1] == cut_key) {
          cuts_[id] = tables_.cuts.add(std::vector{keys_[words[0]], cut_key});
        } else {
          cuts_[id] = add(tables_.cuts, words, cuts_, cut_lengths_);
        }
      });
    }
    for (const Section* section : pack_.sections(SectionType::nodes)) {
      for_each_record(*section, [&](std::uint32_t id, Words words) {
        if (nodes_[id] != 0) return;
        if (kind_of(words) != btf::Kind::ptr) {
          nodes_[id] = add(tables_.nodes, words, nodes_, node_lengths_);
        } else {
          nodes_[id] = refers_to_missing(words, cuts_) ? missing : tables_.nodes.add(record(words, cuts_));
        }
      });
    }
  }

  void add_leaves() {
    std::set<std::uint32_t> leaves;
    for (const Section* section : pack_.sections(SectionType::cuts)) {
      for_each_record(*section, [&](std::uint32_t, Words words) {
        if (words[1] == cut_leaf) leaves.insert(words[0]);
      });
    }
    for (const Section* section : pack_.sections(SectionType::nodes)) {
      const auto first = leaves.lower_bound(section->first);
      if (first == leaves.end() || *first - section->first >= section->count) continue;
      for_each_record(*section, [&](std::uint32_t id, Words words) {
        if (is_leaf(kind_of(words)) && leaves.contains(id)) nodes_[id] = tables_.nodes.add(record(words, nodes_));
      });
    }
  }

  template <typename Visit>
  void for_each_record(const Section& section, Visit visit) {
    std::optional<RecordBlock> block;
    try {
      block.emplace(pack_.records(section));
    } catch (const Error&) {
      if (is_needed_[section.segment]) throw;
      std::vector<std::uint32_t>& numbers = section.type == SectionType::nodes ? nodes_ : cuts_;
      std::fill_n(numbers.begin() + section.first, section.count, missing);
      return;
    }
    for (std::uint32_t id = section.first; id < section.first + section.count; ++id) visit(id, block->record(id));
  }

  static bool refers_to_missing(Words words, const std::vector<std::uint32_t>& targets) {
    bool is_missing = false;
    for_each_reference_word(words, [&](std::size_t i) { is_missing = is_missing || targets[words[i]] == missing; });
    return is_missing;
  }

  /// Adds a record that refers to records of the same table. A kernel with a longer row of references does not fit the
  /// model; a writer that numbers the records follows them by recursion.
  std::uint32_t add(RecordTable& table, Words words, const std::vector<std::uint32_t>& targets,
                    std::vector<std::uint8_t>& lengths) {
    if (refers_to_missing(words, targets)) return missing;
    int length = 0;
    for_each_reference_word(words, [&](std::size_t i) {
      const std::uint32_t target = targets[words[i]];
      if (target < lengths.size()) length = std::max<int>(length, lengths[target]);
    });
    if (length >= max_depth) pack_.damaged("records", "too many references in a row");
    const std::uint32_t number = table.add(record(words, targets));
    if (lengths.size() <= number) lengths.resize(number + std::size_t{1});
    lengths[number] = std::max(lengths[number], static_cast<std::uint8_t>(length + 1));
    return number;
  }

  /// `targets` has the new numbers of the records that the record refers to.
  [[nodiscard]] std::vector<std::uint32_t> record(Words old, const std::vector<std::uint32_t>& targets) const {
    std::vector<std::uint32_t> words(old.begin(), old.end());
    words[0] = names_[old[0]];
    for_each_field_word(old, [&](std::size_t i) { words[i] = fields_[old[i]]; });
    for_each_reference_word(old, [&](std::size_t i) { words[i] = targets[old[i]]; });
    return words;
  }

  /// The lists of all segments, key by key.
  std::vector<KernelLists> add_lists(std::span<const std::uint32_t> kernels) {
    std::vector<KernelLists> lists(kernels.size());
    struct Current {
      std::size_t next = 0;  ///< index in Segment::lists
      std::optional<ListBlock> block{};
      std::uint32_t end = 0;  ///< number behind the last key of the block
    };
    std::vector<Current> blocks(pack_.segments().size());
    std::vector<std::uint32_t> of_kernel(pack_.catalog().kernels.size());  // list in the tables; 0: none
    for (std::uint32_t key = 0; key < pack_.bounds().keys; ++key) {
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        const Segment& segment = pack_.segments()[i];
        if (!is_needed_[i]) continue;
        if (key >= segment.key_end) {
          std::fill(of_kernel.begin() + segment.first_kernel, of_kernel.begin() + segment.kernel_end, 0);
          continue;
        }
        Current& current = blocks[i];
        if (key == current.end) {
          const Section& section = *segment.lists[current.next++];
          current.block.reset();
          current.block.emplace(pack_.lists(segment, section));
          current.end += section.count;
        }
        set_lists(segment, *current.block, key, of_kernel);
      }
      for (std::size_t i = 0; i < kernels.size(); ++i) {
        const std::uint32_t list = of_kernel[kernels[i]];
        if (list == missing) pack_.damaged("nodes", "a section that a kernel needs is damaged");
        if (list != 0) lists[i].emplace_back(keys_[key], list);
      }
    }
    for (KernelLists& each : lists) std::ranges::sort(each);
    return lists;
  }

  void set_lists(const Segment& segment, const ListBlock& block, std::uint32_t key,
                 std::vector<std::uint32_t>& of_kernel) {
    std::vector<std::uint32_t> numbers(block.list_count(key));  // 0: not added yet
    for (std::uint32_t kernel = segment.first_kernel; kernel < segment.kernel_end; ++kernel) {
      const std::uint32_t list = block.list_of_kernel(key, kernel - segment.first_kernel);
      const std::uint32_t base = pack_.catalog().kernels[kernel].base;
      if (list == 0) {
        of_kernel[kernel] = base == no_kernel ? 0 : of_kernel[base];
      } else if (list > numbers.size()) {
        of_kernel[kernel] = 0;
      } else {
        std::uint32_t& number = numbers[list - 1];
        if (number == 0) number = added(block.list(key, list - 1), keys_[key]);
        of_kernel[kernel] = number;
      }
    }
  }

  /// `key` is a number of the tables. Returns `missing` if a node of the list is.
  std::uint32_t added(List list, std::uint32_t key) {
    for (Entry& entry : list.entries) {
      entry.node = nodes_[entry.node];
      if (entry.node == missing) return missing;
      const Words node = tables_.nodes.words(entry.node);
      if (!is_listed(node) || tables_.key_of(kind_of(node), tables_.names.text(name_of(node))) != key)
        pack_.damaged("lists", "a list has a type that does not belong to it");
    }
    return tables_.lists.add(list_words(list.entries));
  }

  /// Adds the extras of a segment, and their lists to `types`, which are those of `kernels`.
  void add_extras(const Segment& segment, std::span<const std::uint32_t> kernels, std::vector<KernelTypes>& types) {
    const auto has_extras = [&](std::uint32_t kernel) {
      return pack_.catalog().kernels[kernel].form == PackedKernel::Form::whole && kernel >= segment.first_kernel &&
             kernel < segment.kernel_end;
    };
    if (std::ranges::none_of(kernels, has_extras)) return;
    const StoredExtras extras(pack_, static_cast<std::uint32_t>(&segment - pack_.segments().data()), {});
    const auto name = [&](StringId id) {
      return (id & extra_bit) != 0 ? tables_.names.add(extras.name(id & ~extra_bit)) : names_[id];
    };
    const auto field = [&](StringId id) {
      return (id & extra_bit) != 0 ? tables_.fields.add(extras.field(id & ~extra_bit)) : fields_[id];
    };
    std::vector<std::uint32_t> keys;
    for (std::uint32_t i = 0; i < extras.key_end(); ++i) {
      // The strings of a key have the numbers of the section.
      const ExtraKey& stored = extras.keys().keys[i];
      const ExtraKey key = {.name = tables_.names.add(extras.name(stored.name)),
                            .field = tables_.fields.add(extras.field(stored.field)),
                            .kind = stored.kind};
      const auto [entry, is_new] =
          tables_.extra_key_ids.try_emplace(key, static_cast<std::uint32_t>(tables_.extra_keys.size()));
      if (is_new) tables_.extra_keys.push_back(key);
      keys.push_back(entry->second);
    }
    std::vector<std::uint32_t> cuts = {0};
    std::vector<std::uint8_t> lengths = {0};
    for (std::uint32_t id = 1; id < extras.cut_end(); ++id) {
      const Words old = extras.cut(id);
      std::vector<std::uint32_t> words(old.begin(), old.end());
      int length = 0;
      if (old[1] == cut_leaf) {
        words[0] = nodes_[old[0]];
        if (words[0] == missing) pack_.damaged("nodes", "a section that an extra needs is damaged");
      } else if (old[1] == cut_key) {
        words[0] = keys_[old[0]];
      } else if (old[1] == cut_extra_key) {
        words[0] = keys[old[0]];
      } else {
        words[0] = name(old[0]);
        for_each_field_word(old, [&](std::size_t i) { words[i] = field(old[i]); });
        for_each_reference_word(old, [&](std::size_t i) {
          words[i] = cuts[old[i]];
          length = std::max<int>(length, lengths[old[i]]);
        });
      }
      if (length > 2 * max_depth) pack_.damaged("extra cuts", "too many references in a row");
      cuts.push_back(tables_.extra_cuts.add(words));
      lengths.push_back(static_cast<std::uint8_t>(length + 1));
    }
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      if (!has_extras(kernels[i])) continue;
      for (std::uint32_t key = 0; key < extras.key_end(); ++key) {
        List list = extras.list(kernels[i], key);
        if (list.entries.empty()) continue;
        for (Entry& entry : list.entries) entry.node = cuts[entry.node];
        types[i].extras.emplace_back(keys[key], tables_.extra_lists.add(list_words(list.entries)));
      }
      std::ranges::sort(types[i].extras);
    }
  }

  const StoredPack& pack_;
  TypeTables& tables_;
  std::vector<bool> is_needed_;  ///< by segment
  // New numbers by number of the pack.
  std::vector<std::uint32_t> names_;
  std::vector<std::uint32_t> fields_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  // By new number: records in the longest row of references that begins with the record.
  std::vector<std::uint8_t> node_lengths_;
  std::vector<std::uint8_t> cut_lengths_;
};

}  // namespace

std::vector<KernelTypes> add_stored_types(const StoredPack& pack, std::span<const std::uint32_t> kernels,
                                          TypeTables& tables, PackContents contents) {
  return Import(pack, tables).run(kernels, contents);
}

}  // namespace minbtf::pack
