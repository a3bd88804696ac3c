// SPDX-License-Identifier: BSD-2-Clause
#include "pack/kernel_types.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "btf/references.hpp"
#include "pack/copy_numbers.hpp"
#include "pack/entry_lists.hpp"
#include "pack/entry_notes.hpp"
#include "pack/number_map.hpp"
#include "pack/string_numbers.hpp"

namespace minbtf::pack {

namespace {

using btf::Kind;
using btf::Type;

constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

class Analysis {
 public:
  Analysis(const btf::View& kernel, TypeTables& tables, PackContents contents)
      : kernel_(kernel),
        tables_(tables),
        contents_(contents),
        names_(kernel, tables.names),
        fields_(kernel, tables.fields),
        places_(kernel.id_end()),
        nodes_(kernel.id_end()),
        cuts_(kernel.id_end()),
        extra_cuts_(kernel.id_end()),
        extra_references_(contents == PackContents::everything ? kernel.id_end() : 0),
        node_lengths_(kernel.id_end()),
        cut_lengths_(kernel.id_end()),
        extra_lengths_(kernel.id_end()) {}

  KernelTypes run() {
    find_listed();
    if (contents_ == PackContents::everything) find_extras();
    add_listed();
    number_groups();
    add_extras();
    number_copies(kernel_, tables_, listed_, extras_, names_, fields_, places_);
    // The notes that it adds to the entries are in it.
    EntryNotes notes(kernel_, places_, nodes_, lists_, extra_lists_, has_groups_);
    for (const std::uint32_t id : listed_) notes.add(id, places_[id].key, places_[id].index);
    for (const Extra& extra : extras_) notes.add(extra.id, extra.key, extra.index);
    KernelTypes types;
    types.contents = contents_;
    types.has_groups = has_groups_;
    types.lists = numbers_of(lists_, tables_.lists);
    if (contents_ == PackContents::everything) types.extras = numbers_of(extra_lists_, tables_.extra_lists);
    types.places = std::move(places_);
    types.extra_types = std::move(extras_);
    types.steps = notes.steps();
    return types;
  }

 private:
  void find_listed() {
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      const Type type = kernel_.type(id);
      if (!btf::is_known(type.kind)) throw DoesNotFit("a type of an unknown kind");
      if (!is_listed(type.kind, !kernel_.is_empty_string(type.name_off))) continue;
      listed_.push_back(id);
      places_[id].key = tables_.key_of(type.kind, names_[type.name_off]);
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
      if (places_[id].key != no_key) continue;
      const Type type = kernel_.type(id);
      const bool has_name = !kernel_.is_empty_string(type.name_off);
      const bool is_kind = is_listed_extra(type.kind);
      if (!is_kind && !has_name && is_referred_to[id]) continue;
      const btf::KindShape& own = btf::shape(type.kind);
      const bool has_field = !has_name && own.elem_name >= 0 && type.vlen != 0;
      const std::size_t field = btf::type_header_size + own.info_size + static_cast<std::size_t>(own.elem_name);
      const std::uint32_t key = extra_bit | tables_.extra_key_of(type.kind, names_[type.name_off],
                                                                 has_field ? fields_[kernel_.word(type, field)] : 0);
      if (is_kind) places_[id].key = key;
      extras_.push_back({.id = id, .key = key});
    }
  }

  void add_listed() {
    std::vector<std::uint32_t> keys;
    keys.reserve(listed_.size());
    for (const std::uint32_t id : listed_) keys.push_back(places_[id].key);
    lists_.set_keys(keys, tables_.keys.size());
    for (const std::uint32_t id : listed_) places_[id].index = lists_.add(places_[id].key, {.node = nodes_[id]});
  }

  void add_extras() {
    std::vector<std::uint32_t> keys;
    keys.reserve(extras_.size());
    for (const Extra& extra : extras_) keys.push_back(extra.key & ~extra_bit);
    extra_lists_.set_keys(keys, tables_.extra_keys.size());
    for (Extra& extra : extras_) {
      extra.index = extra_lists_.add(extra.key & ~extra_bit,
                                     {.node = extra_record(extra.id, 0), .group = group_before(extra.id)});
      if (places_[extra.id].key != no_key) places_[extra.id].index = extra.index;
    }
  }

  /// Numbers the groups of BTF that was never deduplicated: the BTF of one compilation unit after the other, each with
  /// types of its own. A new group starts at a listed type whose node is already in the group. In other BTF all types
  /// are one group.
  void number_groups() {
    // Types with one node are in one list.
    std::size_t repeated = 0;
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t key = 0; key < lists_.key_end(); ++key) {
      const auto list = std::as_const(lists_).list(key);
      if (list.size() < 2) continue;
      nodes.clear();
      for (const Entry& entry : list) nodes.push_back(entry.node);
      std::ranges::sort(nodes);
      repeated += std::ranges::unique(nodes).size();
    }
    if (repeated <= listed_.size() / 8) return;
    has_groups_ = true;
    NumberMap<std::uint32_t> last_group;  // by node: the last group that has it, and 1
    std::uint32_t group = 0;
    for (const std::uint32_t id : listed_) {
      std::uint32_t& last = last_group[nodes_[id]];
      if (last == group + 1) ++group;
      last = group + 1;
      lists_.list(places_[id].key)[places_[id].index].group = group;
    }
  }

  /// Returns the group of the last listed type before a type.
  [[nodiscard]] std::uint32_t group_before(std::uint32_t id) const {
    if (!has_groups_) return 0;
    const auto next = std::ranges::upper_bound(listed_, id);
    if (next == listed_.begin()) return 0;
    const TypePlace& place = places_[*(next - 1)];
    return lists_.list(place.key)[place.index].group;
  }

  /// Sets words_ to the record of a type with the types that it refers to replaced by number_of(type id).
  template <typename NumberOf>
  Words record_of(const Type& type, NumberOf number_of) {
    const btf::KindShape& own = btf::shape(type.kind);
    words_.resize(word_count(type.kind, type.vlen));
    std::uint32_t* word = words_.data();
    *word++ = names_[type.name_off];
    *word++ = btf::make_info(static_cast<std::uint8_t>(type.kind), type.vlen, type.kind_flag);
    *word++ = own.third == btf::Third::type ? number_of(type.size_or_type) : type.size_or_type;
    std::size_t at = btf::type_header_size;
    for (std::size_t end = at + own.info_size; at < end; at += 4) {
      const auto in_info = static_cast<std::int8_t>(at - btf::type_header_size);
      const bool is_type = in_info == own.info_types[0] || in_info == own.info_types[1];
      *word++ = is_type ? number_of(kernel_.word(type, at)) : kernel_.word(type, at);
    }
    if (own.elem_size == 0) return words_;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      for (std::int8_t in_element = 0; in_element < own.elem_size; in_element += 4, at += 4) {
        const std::uint32_t value = kernel_.word(type, at);
        *word++ = in_element == own.elem_name ? fields_[value] : in_element == own.elem_type ? number_of(value) : value;
      }
    }
    return words_;
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
    if (type.kind == Kind::ptr) {
      cut_of(type.size_or_type, 0);
      node_lengths_[id] = 1;
      node = tables_.nodes.add(record_of(type, [this](std::uint32_t to) { return cuts_[to]; }));
      return node;
    }
    int length = 0;
    btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
      node_of(reference.id, depth + 1);
      length = std::max<int>(length, node_lengths_[reference.id]);
    });
    if (length == max_depth) throw DoesNotFit("too many types in a row");
    node_lengths_[id] = static_cast<std::uint8_t>(length + 1);
    node = tables_.nodes.add(record_of(type, [this](std::uint32_t to) { return nodes_[to]; }));
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
      cut = tables_.cuts.add(std::array{node_of(id, 0), cut_leaf});
    } else if (places_[id].key != no_key) {
      cut = tables_.cuts.add(std::array{places_[id].key, cut_key});
    } else {
      btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
        cut_of(reference.id, depth + 1);
        length = std::max<int>(length, cut_lengths_[reference.id]);
      });
      if (length == max_depth) throw DoesNotFit("too many pointers in a row");
      cut = tables_.cuts.add(record_of(type, [this](std::uint32_t to) { return cuts_[to]; }));
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
    const Type type = kernel_.type(id);
    int length = 0;
    btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
      extra_cut_of(reference.id, depth + 1);
      if (places_[reference.id].key == no_key) length = std::max<int>(length, extra_lengths_[reference.id]);
    });
    if (length == max_depth) throw DoesNotFit("too many pointers in a row");
    extra_lengths_[id] = static_cast<std::uint8_t>(length + 1);
    cut = tables_.extra_cuts.add(record_of(type, [this](std::uint32_t to) { return extra_references_[to]; }));
    return cut;
  }

  /// Sets the number of the extra cut type for a reference to a type.
  void extra_cut_of(std::uint32_t id, int depth) {
    if (id == 0 || extra_references_[id] != 0) return;
    std::uint32_t cut = 0;
    const std::uint32_t key = places_[id].key;
    if (is_leaf(kernel_.type(id).kind)) {
      cut = tables_.extra_cuts.add(std::array{node_of(id, 0), cut_leaf});
    } else if (key == no_key) {
      cut = extra_record(id, depth);
    } else {
      const bool is_extra = (key & extra_bit) != 0;
      cut = tables_.extra_cuts.add(std::array{key & ~extra_bit, is_extra ? cut_extra_key : cut_key});
    }
    extra_references_[id] = cut;
  }

  static KernelLists numbers_of(const EntryLists& lists, ListTable& table) {
    KernelLists numbers;
    for (std::uint32_t key = 0; key < lists.key_end(); ++key) {
      const auto list = lists.list(key);
      if (list.empty()) continue;
      const bool is_one_entry = list.size() == 1 && list[0].group == 0 && list[0].notes.empty();
      numbers.emplace_back(key, is_one_entry ? ListTable::of_node(list[0].node) : table.add(list_words(list)));
    }
    return numbers;
  }

  const btf::View& kernel_;
  TypeTables& tables_;
  PackContents contents_;
  StringNumbers names_;
  StringNumbers fields_;
  std::vector<TypePlace> places_;  ///< by type id
  // By type id. 0 is a type that has not been visited, and `none` one that is being visited.
  std::vector<std::uint32_t> nodes_;
  std::vector<std::uint32_t> cuts_;
  std::vector<std::uint32_t> extra_cuts_;
  std::vector<std::uint32_t> extra_references_;  ///< by type id: extra cut type for a reference to it; 0: not made yet
  // By type id: number of types in the longest row of references that begins with the type and stays in the table of
  // nodes, cut types or extra cut types. 0 for void.
  std::vector<std::uint8_t> node_lengths_;
  std::vector<std::uint8_t> cut_lengths_;
  std::vector<std::uint8_t> extra_lengths_;

  std::vector<std::uint32_t> listed_;  ///< ids of the types that have a list, ascending
  std::vector<Extra> extras_;          ///< by ascending id
  EntryLists lists_;
  EntryLists extra_lists_;
  bool has_groups_ = false;
  std::vector<std::uint32_t> words_;  ///< of the record that is made
};

}  // namespace

KernelTypes add_types(const btf::View& kernel, TypeTables& tables, PackContents contents) {
  return Analysis(kernel, tables, contents).run();
}

}  // namespace minbtf::pack
