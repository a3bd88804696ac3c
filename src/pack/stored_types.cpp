// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stored_types.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "minbtf/error.hpp"
#include "pack/kernel_types.hpp"
#include "pack/list_reader.hpp"
#include "pack/stored_extras.hpp"

namespace minbtf::pack {

namespace {

class Import {
 public:
  Import(const StoredPack& pack, std::span<const std::uint32_t> kernels, TypeTables& tables)
      : pack_(pack), kernels_(kernels), tables_(tables) {}

  std::uint32_t run(PackContents contents, ListRuns& lists, ListRuns& extras) {
    for (StringId id = 0; id < pack_.names().size(); ++id) names_.push_back(tables_.names.add(pack_.names()[id]));
    for (StringId id = 0; id < pack_.fields().size(); ++id) fields_.push_back(tables_.fields.add(pack_.fields()[id]));
    std::vector<bool> is_used;
    for (const Key& key : pack_.keys()) {
      keys_.push_back(tables_.key({.name = names_[key.name], .kind = key.kind}));
      if (is_used.size() <= keys_.back()) is_used.resize(keys_.back() + std::size_t{1});
      if (is_used[keys_.back()]) pack_.damaged("keys", "two equal keys");
      is_used[keys_.back()] = true;
    }
    find_needed();
    add_records();
    count_kernels();
    const auto count = static_cast<std::uint32_t>(kernels_.size());
    first_row_ = lists.add_rows(count);
    static_cast<void>(extras.add_rows(count));
    add_lists(lists);
    if (contents == PackContents::everything) {
      for (const Segment& segment : pack_.segments()) add_extras(segment, extras);
    }
    return first_row_;
  }

 private:
  /// The new number of a record in a section that is damaged, and of each record that refers to one. No kernel may need
  /// it.
  static constexpr std::uint32_t missing = static_cast<std::uint32_t>(-1);

  /// Finds the segments whose sections must be sound: those of the kernels and of their bases. Kernels that were
  /// replaced or removed stay in a pack, and damage to what only they need is no error.
  void find_needed() {
    is_needed_.assign(pack_.segments().size(), false);
    for (std::uint32_t kernel : kernels_) {
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

  void count_kernels() {
    kernels_before_.assign(pack_.catalog().kernels.size() + 1, 0);
    for (const std::uint32_t kernel : kernels_) ++kernels_before_[kernel + std::size_t{1}];
    for (std::size_t i = 1; i < kernels_before_.size(); ++i) kernels_before_[i] += kernels_before_[i - 1];
  }

  /// Gives a list to the rows of the kernels from `begin` to `end` that are added.
  void put(ListRuns& lists, std::uint32_t key, std::uint32_t begin, std::uint32_t end, std::uint32_t list) const {
    const std::uint32_t row = kernels_before_[begin];
    if (row == kernels_before_[end]) return;
    if (list == missing) pack_.damaged("nodes", "a section that a kernel needs is damaged");
    lists.put(key, first_row_ + row, list);
  }

  /// The lists of all segments, key by key.
  void add_lists(ListRuns& lists) {
    ListReader reader(pack_);
    // By number of the kernel: its list in the tables; 0: none. Only kernels of later segments need it, for their base.
    std::vector<std::uint32_t> of_kernel(pack_.segments().size() == 1 ? 0 : pack_.catalog().kernels.size());
    for (std::uint32_t key = 0; key < pack_.bounds().keys; ++key) {
      for (std::size_t i = 0; i < pack_.segments().size(); ++i) {
        const Segment& segment = pack_.segments()[i];
        if (!is_needed_[i]) continue;
        if (key < segment.key_end) {
          add_lists_of(segment, reader.block_of(segment, key), key, of_kernel, lists);
        } else {
          std::fill(of_kernel.begin() + segment.first_kernel, of_kernel.begin() + segment.kernel_end, 0);
          put(lists, keys_[key], segment.first_kernel, segment.kernel_end, 0);
        }
      }
    }
  }

  void add_lists_of(const Segment& segment, const ListBlock& block, std::uint32_t key,
                    std::vector<std::uint32_t>& of_kernel, ListRuns& lists) {
    std::vector<std::uint32_t> numbers(block.list_count(key));  // 0: not added yet
    std::uint32_t begin = segment.first_kernel;
    for (const ListRun& run : block.runs(key)) {
      const std::uint32_t end = segment.first_kernel + run.end;
      std::uint32_t list = 0;
      if (run.list != 0 && run.list <= numbers.size()) {
        std::uint32_t& number = numbers[run.list - 1];
        if (number == 0) number = added(block.list(key, run.list - 1), keys_[key]);
        list = number;
      }
      if (of_kernel.empty()) {
        put(lists, keys_[key], begin, end, list);
      } else {
        for (std::uint32_t kernel = begin; kernel < end; ++kernel) {
          const std::uint32_t base = pack_.catalog().kernels[kernel].base;
          of_kernel[kernel] = run.list == 0 && base != no_kernel ? of_kernel[base] : list;
          put(lists, keys_[key], kernel, kernel + 1, of_kernel[kernel]);
        }
      }
      begin = end;
    }
  }

  /// `key` is a number of the tables. Returns `missing` if a node of the list is.
  std::uint32_t added(List list, std::uint32_t key) {
    for (Entry& entry : list.entries) {
      entry.node = nodes_[entry.node];
      if (entry.node == missing) return missing;
      const Words node = tables_.nodes.words(entry.node);
      if (!is_listed(node) || tables_.key_of(kind_of(node), name_of(node)) != key)
        pack_.damaged("lists", "a list has a type that does not belong to it");
    }
    return tables_.lists.add(list_words(list.entries));
  }

  /// Adds the extras of a segment, and their lists to `lists`.
  void add_extras(const Segment& segment, ListRuns& lists) {
    const auto has_extras = [&](std::uint32_t kernel) {
      return pack_.catalog().kernels[kernel].form == PackedKernel::Form::whole && kernel >= segment.first_kernel &&
             kernel < segment.kernel_end;
    };
    if (std::ranges::none_of(kernels_, has_extras)) return;
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
      keys.push_back(tables_.extra_key(key));
    }
    // One section after the other, so that memory is needed for one decoded section.
    std::vector<std::uint32_t> cuts = {0};
    std::vector<std::uint8_t> lengths = {0};
    std::vector<std::uint32_t> words;
    for (const Section* section : segment.extras) {
      if (section->type != SectionType::extra_cuts) continue;
      const RecordBlock block = extras.records(*section);
      for (std::uint32_t id = section->first; id < section->first + section->count; ++id) {
        const Words old = block.record(id);
        words.assign(old.begin(), old.end());
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
    }
    for (const Section* section : segment.extras) {
      if (section->type != SectionType::extra_lists) continue;
      const ListBlock block = extras.lists(*section);
      for (std::uint32_t key = section->first; key < section->first + section->count; ++key)
        add_extra_lists(segment, block, key, keys[key], cuts, lists);
    }
  }

  /// `key` is a number of the segment, and `new_key` that of the tables.
  void add_extra_lists(const Segment& segment, const ListBlock& block, std::uint32_t key, std::uint32_t new_key,
                       const std::vector<std::uint32_t>& cuts, ListRuns& lists) {
    std::vector<std::uint32_t> numbers(block.list_count(key));  // 0: not added yet
    std::uint32_t begin = segment.first_kernel;
    for (const ListRun& run : block.runs(key)) {
      std::uint32_t list = 0;
      if (run.list != 0 && run.list <= numbers.size()) {
        std::uint32_t& number = numbers[run.list - 1];
        if (number == 0) {
          List entries = block.list(key, run.list - 1);
          for (Entry& entry : entries.entries) entry.node = cuts[entry.node];
          number = tables_.extra_lists.add(list_words(entries.entries));
        }
        list = number;
      }
      const std::uint32_t end = segment.first_kernel + run.end;
      put(lists, new_key, begin, end, list);
      begin = end;
    }
    // Later segments may not have the key.
    put(lists, new_key, segment.kernel_end, static_cast<std::uint32_t>(pack_.catalog().kernels.size()), 0);
  }

  const StoredPack& pack_;
  std::span<const std::uint32_t> kernels_;  ///< that are added
  TypeTables& tables_;
  std::uint32_t first_row_ = 0;
  std::vector<std::uint32_t> kernels_before_;  ///< by number of a kernel: kernels with smaller numbers that are added
  std::vector<bool> is_needed_;                ///< by segment
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

std::uint32_t add_stored_types(const StoredPack& pack, std::span<const std::uint32_t> kernels, PackContents contents,
                               TypeTables& tables, ListRuns& lists, ListRuns& extras) {
  return Import(pack, kernels, tables).run(contents, lists, extras);
}

}  // namespace minbtf::pack
