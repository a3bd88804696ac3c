// SPDX-License-Identifier: BSD-2-Clause
#include "pack/kernel_types.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "btf/references.hpp"

namespace minbtf::pack {

namespace {

using btf::Kind;
using btf::Type;

constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

// Limits on the walks of all entries. A kernel of 560,000 types that was never deduplicated has three million positions
// and compares eleven million entries; other kernels have one position for each type.
constexpr std::size_t positions_per_type = 32;
constexpr std::uint64_t max_expansion_steps = std::uint64_t{1} << 27U;

class Analysis {
 public:
  Analysis(const btf::View& kernel, TypeTables& tables, PackContents contents)
      : kernel_(kernel),
        tables_(tables),
        contents_(contents),
        nodes_(kernel.id_end()),
        cuts_(kernel.id_end()),
        extra_cuts_(kernel.id_end()),
        node_lengths_(kernel.id_end()),
        cut_lengths_(kernel.id_end()),
        extra_lengths_(kernel.id_end()),
        keys_(kernel.id_end(), none),
        indices_(kernel.id_end()),
        copies_(kernel.id_end()),
        max_all_positions_(max_positions + positions_per_type * std::size_t{kernel.id_end()}) {}

  KernelTypes run() {
    find_listed();
    if (contents_ == PackContents::everything) find_extras();
    number_groups();
    for (const std::uint32_t id : listed_) {
      List& list = lists_[keys_[id]];
      indices_[id] = static_cast<std::uint32_t>(list.size());
      list.entries.push_back({.node = nodes_[id], .group = groups_.empty() ? 0 : groups_[id]});
    }
    for (Extra& extra : extras_) {
      List& list = lists_[extra.key];
      extra.index = static_cast<std::uint32_t>(list.size());
      if (keys_[extra.id] != none) indices_[extra.id] = extra.index;
      list.entries.push_back({.node = extra_record(extra.id, 0), .group = group_before(extra.id)});
    }
    for (auto& [key, list] : lists_) list.index_groups();
    number_copies();
    for (const std::uint32_t id : listed_) add_notes({.id = id, .key = keys_[id], .index = indices_[id]});
    for (const Extra& extra : extras_) add_notes(extra);
    KernelTypes types;
    types.contents = contents_;
    types.has_groups = !groups_.empty();
    for (const auto& [key, list] : lists_) {
      const std::vector<std::uint32_t> words = list_words(list.entries);
      if ((key & extra_bit) != 0) {
        types.extras.emplace_back(key & ~extra_bit, tables_.extra_lists.add(words));
      } else {
        types.lists.emplace_back(key, tables_.lists.add(words));
      }
    }
    types.graph = graph_hash();
    return types;
  }

 private:
  [[nodiscard]] bool has_list(const Type& type) const {
    return is_listed(type.kind, !kernel_.is_empty_string(type.name_off));
  }

  /// An extra: a type with an entry in a list of extras.
  struct Extra {
    std::uint32_t id = 0;
    std::uint32_t key = 0;  ///< with extra_bit
    std::uint32_t index = 0;
  };

  void find_listed() {
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const Type type = kernel_.type(id);
      if (!btf::is_known(type.kind)) throw DoesNotFit("a type of an unknown kind");
      if (!has_list(type)) continue;
      listed_.push_back(id);
      keys_[id] = tables_.key_of(type.kind, kernel_.string(type.name_off));
    }
    for (const std::uint32_t id : listed_) node_of(id, 0);
  }

  /// Finds the extras, by ascending id: the kinds of is_listed_extra(), other unlisted types that have a name, and
  /// types without a name to which no type refers.
  void find_extras() {
    std::vector<bool> is_referred_to(kernel_.id_end());
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      btf::for_each_reference(kernel_, kernel_.type(id),
                              [&](const btf::Reference& reference) { is_referred_to[reference.id] = true; });
    }
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const Type type = kernel_.type(id);
      const bool has_name = !kernel_.is_empty_string(type.name_off);
      const bool is_kind = is_listed_extra(type.kind);
      if (keys_[id] != none || (!is_kind && !has_name && is_referred_to[id])) continue;
      const btf::KindShape& own = btf::shape(type.kind);
      const bool has_field = !has_name && own.elem_name >= 0 && type.vlen != 0;
      const std::uint32_t field =
          has_field
              ? kernel_.word(type, btf::type_header_size + own.info_size + static_cast<std::size_t>(own.elem_name))
              : 0;
      const std::uint32_t key =
          extra_bit | tables_.extra_key_of(type.kind, kernel_.string(type.name_off),
                                           has_field ? kernel_.string(field) : std::string_view());
      if (is_kind) keys_[id] = key;
      extras_.push_back({.id = id, .key = key});
    }
  }

  /// Returns the group of the last listed type before a type.
  [[nodiscard]] std::uint32_t group_before(std::uint32_t id) const {
    if (groups_.empty()) return 0;
    const auto next = std::ranges::upper_bound(listed_, id);
    return next == listed_.begin() ? 0 : groups_[*std::prev(next)];
  }

  /// Numbers the groups of BTF that was never deduplicated: the BTF of one compilation unit after the other, each with
  /// types of its own. A new group starts at a listed type whose node is already in the group. In other BTF all types
  /// are one group.
  void number_groups() {
    std::unordered_map<std::uint32_t, std::uint32_t> last_group;
    std::size_t repeated = 0;
    for (const std::uint32_t id : listed_) repeated += last_group.try_emplace(nodes_[id], none).second ? 0 : 1;
    if (repeated <= listed_.size() / 8) return;
    groups_.resize(kernel_.id_end());
    std::uint32_t group = 0;
    for (const std::uint32_t id : listed_) {
      std::uint32_t& last = last_group[nodes_[id]];
      if (last == group) ++group;
      last = group;
      groups_[id] = group;
    }
  }

  /// Returns the record of a type with the types that it refers to replaced by number_of(type id).
  template <typename NumberOf>
  std::vector<std::uint32_t> record_of(const Type& type, NumberOf number_of) {
    std::vector<std::uint32_t> words(word_count(type.kind, type.vlen));
    words[0] = tables_.names.add(kernel_.string(type.name_off));
    words[1] = btf::make_info(static_cast<std::uint8_t>(type.kind), type.vlen, type.kind_flag);
    words[2] = type.size_or_type;
    for (std::size_t i = header_words; i < words.size(); ++i) words[i] = kernel_.word(type, 4 * i);
    for_each_field_word(words, [&](std::size_t i) { words[i] = tables_.fields.add(kernel_.string(words[i])); });
    for_each_reference_word(words, [&](std::size_t i) { words[i] = number_of(words[i]); });
    return words;
  }

  Type referred_type(std::uint32_t id) const {
    const Type type = kernel_.type(id);
    if (!btf::is_known(type.kind)) throw DoesNotFit("a type of an unknown kind");
    if (is_listed_extra(type.kind)) {
      throw DoesNotFit("a type refers to a " + std::string(btf::shape(type.kind).name));
    }
    return type;
  }

  /// `depth` bounds the recursion, and the length bounds the node: references by value can lead to a node that was made
  /// before, and the walks and the numbering follow all of them.
  std::uint32_t node_of(std::uint32_t id, int depth) {
    if (id == 0) return 0;
    std::uint32_t& node = nodes_[id];
    if (node == none) throw DoesNotFit("a type contains itself");
    if (node != 0) return node;
    if (depth == max_depth) throw DoesNotFit("too many types in a row");
    node = none;
    const Type type = referred_type(id);
    int length = 0;
    const auto words = record_of(type, [&](std::uint32_t to) {
      if (type.kind == Kind::ptr) return cut_of(to, 0);
      const std::uint32_t target = node_of(to, depth + 1);
      length = std::max<int>(length, node_lengths_[to]);
      return target;
    });
    if (length == max_depth) throw DoesNotFit("too many types in a row");
    node_lengths_[id] = static_cast<std::uint8_t>(length + 1);
    node = tables_.nodes.add(words);
    return node;
  }

  /// `depth` and the length are those of node_of().
  std::uint32_t cut_of(std::uint32_t id, int depth) {
    if (id == 0) return 0;
    std::uint32_t& cut = cuts_[id];
    if (cut == none) throw DoesNotFit("pointers in a loop without a name");
    if (cut != 0) return cut;
    if (depth == max_depth) throw DoesNotFit("too many pointers in a row");
    cut = none;
    const Type type = referred_type(id);
    int length = 0;
    if (is_leaf(type.kind)) {
      cut = tables_.cuts.add(std::vector{node_of(id, 0), cut_leaf});
    } else if (has_list(type)) {
      cut = tables_.cuts.add(std::vector{keys_[id], cut_key});
    } else {
      const auto words = record_of(type, [&](std::uint32_t to) {
        const std::uint32_t target = cut_of(to, depth + 1);
        length = std::max<int>(length, cut_lengths_[to]);
        return target;
      });
      if (length == max_depth) throw DoesNotFit("too many pointers in a row");
      cut = tables_.cuts.add(words);
    }
    cut_lengths_[id] = static_cast<std::uint8_t>(length + 1);
    return cut;
  }

  /// Returns the number of the extra cut type that is the record of a type. `depth` and the length are those of
  /// node_of().
  std::uint32_t extra_record(std::uint32_t id, int depth) {
    std::uint32_t& cut = extra_cuts_[id];
    if (cut == none) throw DoesNotFit("pointers in a loop without a name");
    if (cut != 0) return cut;
    if (depth == max_depth) throw DoesNotFit("too many pointers in a row");
    cut = none;
    int length = 0;
    const auto words = record_of(kernel_.type(id), [&](std::uint32_t to) {
      const std::uint32_t target = extra_cut_of(to, depth + 1);
      if (keys_[to] == none) length = std::max<int>(length, extra_lengths_[to]);
      return target;
    });
    if (length == max_depth) throw DoesNotFit("too many pointers in a row");
    extra_lengths_[id] = static_cast<std::uint8_t>(length + 1);
    cut = tables_.extra_cuts.add(words);
    return cut;
  }

  /// Returns the number of the extra cut type for a reference to a type.
  std::uint32_t extra_cut_of(std::uint32_t id, int depth) {
    if (id == 0) return 0;
    const Type type = kernel_.type(id);
    if (is_leaf(type.kind)) return tables_.extra_cuts.add(std::vector{node_of(id, 0), cut_leaf});
    const std::uint32_t key = keys_[id];
    if (key == none) return extra_record(id, depth);
    return tables_.extra_cuts.add((key & extra_bit) != 0 ? std::vector{key & ~extra_bit, cut_extra_key}
                                                         : std::vector{key, cut_key});
  }

  /// Numbers the types without a list that are equal in everything, the types that they refer to included: 0 for the
  /// first, 1 for the second. Only BTF that was never deduplicated has such types. The first is the one that is reached
  /// first from the listed types, which are taken by key: type ids are not the same in a BTF that is made of the pack.
  void number_copies() {
    RecordTable records;
    std::vector<std::uint32_t> record_by_id(kernel_.id_end());
    std::size_t types = 0;
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const Type type = kernel_.type(id);
      if (keys_[id] != none || is_listed_extra(type.kind)) continue;
      record_by_id[id] = records.add(record_of(type, [](std::uint32_t to) { return to; }));
      ++types;
    }
    if (types + 1 == records.end()) return;
    std::vector<std::uint32_t> order = listed_;
    std::ranges::sort(order, {}, [this](std::uint32_t id) {
      const Key& key = tables_.keys[keys_[id]];
      return std::tuple(tables_.names.text(key.name), key.kind, indices_[id]);
    });
    std::vector<std::uint32_t> counts(records.end());
    for (const std::uint32_t id : order) number_copies_in(kernel_.type(id), record_by_id, counts);
    std::vector<Extra> extras = extras_;
    std::ranges::sort(extras, {}, [this](const Extra& extra) {
      return std::tuple(tables_.order_of(tables_.extra_keys[extra.key & ~extra_bit]), extra.index);
    });
    for (const Extra& extra : extras) number_copy(extra.id, record_by_id, counts);
  }

  void number_copy(std::uint32_t id, std::vector<std::uint32_t>& record_by_id, std::vector<std::uint32_t>& counts) {
    const std::uint32_t record = std::exchange(record_by_id[id], 0);
    if (record != 0) copies_[id] = counts[record]++;
    if (record != 0 || (keys_[id] != none && is_listed_extra(kernel_.type(id).kind)))
      number_copies_in(kernel_.type(id), record_by_id, counts);
  }

  /// Clears the elements of `record_by_id` whose types are numbered.
  void number_copies_in(const Type& type, std::vector<std::uint32_t>& record_by_id,
                        std::vector<std::uint32_t>& counts) {
    btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
      const std::uint32_t record = std::exchange(record_by_id[reference.id], 0);
      if (record == 0) return;
      copies_[reference.id] = counts[record]++;
      number_copies_in(kernel_.type(reference.id), record_by_id, counts);
    });
  }

  /// Walks an entry. The walk of an extra that is not listed begins with a reference to it, whose note is the number of
  /// the copy.
  void add_notes(const Extra& place) {
    List& list = lists_[place.key];
    Entry& entry = list.entries[place.index];
    walked_ = {.group = entry.group};
    if (keys_[place.id] == none) add_target(copies_[place.id], 0);
    walk(kernel_.type(place.id), (place.key & extra_bit) == 0);
    walks_.push_back({place, std::move(walked_.targets)});
    // The notes of all entries of a kernel stay where they are until its lists are words.
    notes_.push_back(std::move(walked_.notes));
    entry.notes = notes_.back();
  }

  void add_target(std::uint32_t actual, std::uint32_t expected) {
    const auto position = static_cast<std::uint32_t>(walked_.targets.size());
    if (position == max_positions) throw DoesNotFit("a type with too many references");
    if (++positions_ > max_all_positions_ || steps_ > max_expansion_steps) throw DoesNotFit("too many references");
    walked_.targets.push_back(actual);
    if (actual != expected) {
      walked_.notes.push_back({.position = position, .value = static_cast<std::int32_t>(actual - expected)});
    }
  }

  /// Visits the references of a type, and those of the types without a list that it refers to. This order gives each
  /// reference its position.
  void walk(const Type& type, bool by_value) {
    by_value = by_value && type.kind != Kind::ptr;
    btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
      if (reference.id == 0) return;
      const Type target = kernel_.type(reference.id);
      const bool has_key = keys_[reference.id] != none;
      const std::uint32_t actual = has_key ? indices_[reference.id] : copies_[reference.id];
      std::uint32_t expected = 0;
      if (has_key) {
        const bool by_node = by_value || is_leaf(target.kind);
        expected =
            default_target(lists_[keys_[reference.id]], walked_.group, by_node ? nodes_[reference.id] : 0, steps_);
      }
      add_target(actual, expected);
      if (!has_key) walk(target, by_value);
    });
  }

  io::Hash graph_hash() const {
    io::Hasher hasher;
    const auto add = [&](std::span<const std::uint32_t> words) {
      hasher.add(std::span(reinterpret_cast<const std::uint8_t*>(words.data()), words.size_bytes()));
    };
    // By key and index, not by type id.
    std::map<std::pair<std::uint32_t, std::uint32_t>, const std::vector<std::uint32_t>*> ordered;
    for (const auto& [place, targets] : walks_) ordered[{place.key, place.index}] = &targets;
    for (const auto& [place, targets] : ordered) {
      const Entry& entry = lists_.at(place.first).entries[place.second];
      add(std::vector{place.first, place.second, entry.node, static_cast<std::uint32_t>(targets->size())});
      add(*targets);
    }
    return hasher.hash();
  }

  struct Walk {
    std::uint32_t group = 0;                  ///< of the entry that is walked
    std::vector<std::uint32_t> targets = {};  ///< by position: index in its list or number of its copy
    std::vector<Note> notes = {};
  };

  const btf::View& kernel_;
  TypeTables& tables_;
  PackContents contents_;
  // By type id. In the first three, 0 is a type that has not been visited, and `none` one that is being visited.
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  std::vector<std::uint32_t> extra_cuts_;
  // By type id: number of types in the longest row of references that begins with the type and stays in the table of
  // nodes, cut types or extra cut types. 0 for void.
  std::vector<std::uint8_t> node_lengths_;
  std::vector<std::uint8_t> cut_lengths_;
  std::vector<std::uint8_t> extra_lengths_;
  std::vector<std::uint32_t> keys_;     ///< `none` for a type without a list; with extra_bit for a listed extra
  std::vector<std::uint32_t> indices_;  ///< in its list
  std::vector<std::uint32_t> copies_;
  std::vector<std::uint32_t> groups_;  ///< empty if all types are one group

  std::vector<std::uint32_t> listed_;    ///< ids of the types that have a list, ascending
  std::vector<Extra> extras_;            ///< by ascending id
  std::map<std::uint32_t, List> lists_;  ///< by key; keys of extras have extra_bit
  std::vector<std::vector<Note>> notes_;
  std::vector<std::pair<Extra, std::vector<std::uint32_t>>> walks_;  ///< place of each entry, and Walk::targets
  Walk walked_;
  std::size_t max_all_positions_;
  std::size_t positions_ = 0;  ///< of all walks
  std::uint64_t steps_ = 0;    ///< entries that were compared
};

}  // namespace

KernelTypes add_types(const btf::View& kernel, TypeTables& tables, PackContents contents) {
  return Analysis(kernel, tables, contents).run();
}

}  // namespace minbtf::pack
