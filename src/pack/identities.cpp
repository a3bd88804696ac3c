// SPDX-License-Identifier: BSD-2-Clause
#include "pack/identities.hpp"

#include <algorithm>
#include <utility>

#include "btf/essential_name.hpp"
#include "minbtf/error.hpp"
#include "pack/kernel_types.hpp"

namespace minbtf::pack {

namespace {

/// A list that is not read has numbers for this many entries. Only hostile packs have a note that leads further.
constexpr std::uint32_t unread_entries = 256;

/// The default target in a list with this many entries is found faster than a known target.
constexpr std::size_t short_list = 4;

}  // namespace

Identities::Identities(const TypeSource& source, bool reads_pointees, std::uint64_t max_bytes, std::string name)
    : source_(source),
      reads_pointees_(reads_pointees),
      has_groups_(source.has_groups()),
      max_bytes_(max_bytes),
      name_(std::move(name)),
      types_(1),
      of_record_(1),
      of_key_(source.key_end()),
      of_extra_key_(source.extra_key_end()) {}

void Identities::contradiction(const std::string& reason) const {
  throw Error(ErrorKind::damaged, name_, "types", reason);
}

void Identities::take_steps(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ > max_reading_steps) contradiction("too many references");
}

/// Counts the words of a type of which a record is made.
void Identities::take_bytes(Words record) {
  bytes_ += 4 * record.size();
  if (bytes_ > max_bytes_) contradiction("they need more bytes than the kernel's BTF has");
}

Identities::Listed& Identities::listed_of(std::uint32_t key) {
  const bool is_extra = (key & extra_bit) != 0;
  if (is_extra && (key & ~extra_bit) >= of_extra_key_.size()) contradiction("a kernel of types only has an extra");
  std::uint32_t& place = is_extra ? of_extra_key_[key & ~extra_bit] : of_key_[key];
  if (place == 0) {
    listed_.emplace_back();
    place = static_cast<std::uint32_t>(listed_.size());
  }
  return listed_[place - 1];
}

Identities::Listed& Identities::read_list(std::uint32_t key) {
  Listed& listed = listed_of(key);
  if (!listed.is_read) read(listed, key);
  return listed;
}

void Identities::read(Listed& listed, std::uint32_t key) {
  listed.is_read = true;
  listed.list = source_.list(key);
  listed.list.index_groups();
  if (listed.numbers.size() > listed.list.size()) contradiction("a note leads to no type");
  listed.numbers.resize(listed.list.size());
}

const List& Identities::list(std::uint32_t key) { return read_list(key).list; }

IdentityId Identities::listed(std::uint32_t key, std::uint32_t index) {
  return entry_of(index < unread_entries ? listed_of(key) : read_list(key), key, index);
}

IdentityId Identities::entry_of(Listed& listed, std::uint32_t key, std::uint32_t index) {
  if (index >= listed.numbers.size()) {
    if (listed.is_read) contradiction("a note leads to no type");
    listed.numbers.resize(std::size_t{index} + 1);
  }
  IdentityId& number = listed.numbers[index];
  if (number == 0) {
    number = end();
    types_.push_back({.key = key, .index = index});
  }
  return number;
}

/// Returns the node of a type that has a list.
Words Identities::node_of(IdentityId id) {
  if (types_[id].node.empty()) {
    const Place place = types_[id];
    const List& entries = list(place.key);
    if (place.index >= entries.size()) contradiction("a note leads to no type");
    const std::uint32_t node = entries.entries[place.index].node;
    if ((place.key & extra_bit) != 0) {
      const Words record = extra_record(node, place.key);
      if (!is_listed_extra(kind_of(record))) contradiction("a reference to an extra that is not listed");
      return types_[id].node = record;
    }
    if (source_.key_of_node(node) != place.key) contradiction("a list has a type that does not belong to it");
    types_[id].node = source_.node(node);
  }
  return types_[id].node;
}

std::uint32_t Identities::group(IdentityId id) {
  const Place& place = types_[id];
  return place.key == no_key ? 0 : list(place.key).entries[place.index].group;
}

Words Identities::record(IdentityId id) {
  return types_[id].key == no_key ? records_.words(types_[id].index) : node_of(id);
}

std::span<const IdentityId> Identities::references(IdentityId id) {
  const Words words = record(id);
  const std::size_t count = reference_count(words);
  if (types_[id].references == unknown) {
    const Entry entry = list(types_[id].key).entries[types_[id].index];
    take_bytes(words);
    Walk walk = {.notes = entry.notes, .group = entry.group};
    // target_of_node() can add references of other types behind these.
    std::size_t next = references_.size();
    types_[id].references = static_cast<std::uint32_t>(next);
    references_.resize(next + count);
    // No PTR has a list, so all references are numbers of nodes, or of extra cut types.
    const bool is_extra = (types_[id].key & extra_bit) != 0;
    for_each_reference_word(words, [&](std::size_t i) {
      const IdentityId target = words[i] == 0 ? 0
                                : is_extra    ? target_of_extra_cut(words[i], walk)
                                              : target_of_node(words[i], walk);
      references_[next++] = target;
    });
  }
  return std::span(references_).subspan(types_[id].references, count);
}

/// Follows a reference to a node. The walk is that of add_types().
IdentityId Identities::target_of_node(std::uint32_t node, Walk& walk) {
  const std::uint32_t key = source_.key_of_node(node);
  // Without notes to come, the position does not matter.
  if (walk.notes.empty() && key != no_key) {
    Listed& listed = read_list(key);
    if (listed.list.size() <= short_list) {
      take_steps(1);
      return of_list(listed, key, walk.group, node, 0);
    }
  }
  return target(known_nodes_, node, walk, [&](std::int32_t note) { return of_node(node, key, walk, note); });
}

IdentityId Identities::target_of_cut(std::uint32_t cut, Walk& walk) {
  return target(known_cuts_, cut, walk,
                [&](std::int32_t note) { return of_cut(source_.cut(cut), Table::cuts, walk, note); });
}

IdentityId Identities::target_of_extra_cut(std::uint32_t cut, Walk& walk) {
  return target(known_extra_cuts_, cut, walk,
                [&](std::int32_t note) { return of_cut(source_.extra_cut(cut), Table::extra_cuts, walk, note); });
}

/// Returns the record of an entry in the list of `key`, which has extra_bit.
Words Identities::extra_record(std::uint32_t cut, std::uint32_t key) const {
  const Words record = source_.extra_cut(cut);
  const auto [kind, name] = source_.extra_key(key & ~extra_bit);
  if (btf::info_kind(record[1]) == 0 || btf::core_kind(kind_of(record)) != kind ||
      btf::essential_name(source_.name(name_of(record))) != name) {
    contradiction("a list has an extra that does not belong to it");
  }
  return record;
}

IdentityId Identities::extra(std::uint32_t key, std::uint32_t index) {
  const Entry entry = list(key).entries[index];
  if (is_listed_extra(kind_of(extra_record(entry.node, key)))) return listed(key, index);
  // The reference to the type is part of the walk: its note is the number of the copy.
  Walk walk = {.notes = entry.notes, .group = entry.group};
  return target_of_extra_cut(entry.node, walk);
}

/// Returns find(note), or the target that is known for `number`.
template <typename Find>
IdentityId Identities::target(NumberMap<Known>& known, std::uint32_t number, Walk& walk, Find find) {
  const bool is_plain = walk.notes.empty();
  if (is_plain) {
    const Known found = known[number];
    if (found.id != 0 && found.group == walk.group) return found.id;
  }
  take_steps(1);
  if (walk.position == max_positions) contradiction("too many references");
  const std::uint32_t position = walk.position++;
  std::int32_t note = 0;
  if (!is_plain && walk.notes.front().position == position) {
    note = walk.notes.front().value;
    walk.notes = walk.notes.subspan(1);
  }
  const IdentityId target = find(note);
  if (is_plain) known[number] = {.id = target, .group = walk.group};
  return target;
}

/// `key` is that of the node.
IdentityId Identities::of_node(std::uint32_t node, std::uint32_t key, Walk& walk, std::int32_t note) {
  return key == no_key ? without_list(source_.node(node), Table::nodes, walk, note) : of_key(key, walk, node, note);
}

/// `record` is a cut type of the table.
IdentityId Identities::of_cut(Words record, Table table, Walk& walk, std::int32_t note) {
  if (record[1] == cut_leaf) return of_node(record[0], source_.key_of_node(record[0]), walk, note);
  if (record[1] == cut_key) return of_key(record[0], walk, 0, note);
  if (record[1] == cut_extra_key) return of_key(record[0] | extra_bit, walk, 0, note);
  return without_list(record, table, walk, note);
}

/// `node` is 0 for a reference by key.
IdentityId Identities::of_key(std::uint32_t key, const Walk& walk, std::uint32_t node, std::int32_t note) {
  // Without groups, the default of a reference by key is the first entry, whatever the list is.
  if (node == 0 && !has_groups_ && !reads_pointees_) return listed(key, static_cast<std::uint32_t>(note));
  return of_list(read_list(key), key, walk.group, node, note);
}

IdentityId Identities::of_list(Listed& listed, std::uint32_t key, std::uint32_t group, std::uint32_t node,
                               std::int32_t note) {
  const std::uint32_t index = default_target(listed.list, group, node, steps_);
  if (index == no_entry) contradiction("a reference leads to no type");
  return entry_of(listed, key, index + static_cast<std::uint32_t>(note));
}

IdentityId Identities::without_list(Words record, Table table, Walk& walk, std::int32_t copy) {
  // Deeper than any node and the cut types behind it.
  if (++walk.depth > 4 * max_depth) contradiction("too many types in a row");
  take_steps(record.size());
  const std::size_t at = scratch_.size();
  scratch_.insert(scratch_.end(), record.begin(), record.end());
  if (table == Table::nodes && kind_of(record) == btf::Kind::ptr) table = Table::cuts;
  for_each_reference_word(record, [&](std::size_t i) {
    if (record[i] == 0) return;
    const IdentityId target = table == Table::nodes  ? target_of_node(record[i], walk)
                              : table == Table::cuts ? target_of_cut(record[i], walk)
                                                     : target_of_extra_cut(record[i], walk);
    scratch_[at + i] = target;
  });
  scratch_.push_back(static_cast<std::uint32_t>(copy));  // keeps copies apart; no reader of a record reaches it
  --walk.depth;
  const Words made = std::span(scratch_).subspan(at);
  const std::uint32_t number = records_.add(made);
  of_record_.resize(records_.end());
  if (of_record_[number] == 0) {
    take_bytes(record);
    of_record_[number] = end();
    types_.push_back({.index = number, .references = static_cast<std::uint32_t>(references_.size())});
    for_each_reference_word(made, [&](std::size_t i) { references_.push_back(made[i]); });
  }
  scratch_.resize(at);
  return of_record_[number];
}

}  // namespace minbtf::pack
