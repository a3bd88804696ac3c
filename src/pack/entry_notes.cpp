// SPDX-License-Identifier: BSD-2-Clause
#include "pack/entry_notes.hpp"

#include <utility>

#include "btf/references.hpp"

namespace minbtf::pack {

namespace {

// Limits on the walks of all entries. A kernel of 560,000 types that was never deduplicated has three million positions
// and compares eleven million entries; other kernels have one position for each type.
constexpr std::size_t positions_per_type = 32;
constexpr std::uint64_t max_expansion_steps = std::uint64_t{1} << 27U;

}  // namespace

using btf::Kind;
using btf::Type;

EntryNotes::EntryNotes(const btf::View& kernel, std::span<const TypePlace> places, std::span<const std::uint32_t> nodes,
                       EntryLists& lists, EntryLists& extra_lists, bool has_groups)
    : kernel_(kernel),
      places_(places),
      nodes_(nodes),
      lists_(lists),
      extra_lists_(extra_lists),
      has_groups_(has_groups),
      walked_{std::vector<Walked>(kernel.id_end()), std::vector<Walked>(kernel.id_end())},
      max_all_positions_(max_positions + positions_per_type * std::size_t{kernel.id_end()}) {
  if (!has_groups) return;
  const auto index = [](const EntryLists& from, std::vector<List>& indexed) {
    indexed.resize(from.key_end());
    for (std::uint32_t key = 0; key < from.key_end(); ++key) {
      const auto list = from.list(key);
      indexed[key].entries.assign(list.begin(), list.end());
      indexed[key].index_groups();
    }
  };
  index(lists, grouped_);
  index(extra_lists, grouped_extras_);
}

void EntryNotes::add(std::uint32_t id, std::uint32_t key, std::uint32_t index) {
  const bool is_extra = (key & extra_bit) != 0;
  Entry& entry = (is_extra ? extra_lists_ : lists_).list(key & ~extra_bit)[index];
  group_ = entry.group;
  extent_ = {};
  walk_notes_.clear();
  const Type type = kernel_.type(id);
  if (places_[id].key == no_key) add_target(places_[id].copy, 0);
  static_cast<void>(walk(type, !is_extra));
  all_.positions += extent_.positions;
  all_.steps += extent_.steps;
  all_.words += extent_.words + word_count(type.kind, type.vlen);
  if (walk_notes_.empty()) return;
  notes_.push_back(walk_notes_);
  entry.notes = notes_.back();
}

/// Counts references. Throws DoesNotFit if there are too many.
void EntryNotes::pass(const Extent& extent) {
  if (extent.positions > max_positions - extent_.positions) throw DoesNotFit("a type with too many references");
  extent_.positions += extent.positions;
  extent_.steps += extent.steps;
  extent_.words += extent.words;
  if (all_.positions + extent_.positions > max_all_positions_ || all_.steps + extent_.steps > max_expansion_steps)
    throw DoesNotFit("too many references");
}

/// Returns false if the reference needs a note.
bool EntryNotes::add_target(std::uint32_t actual, std::uint32_t expected) {
  pass({.positions = 1});
  if (actual == expected) return true;
  walk_notes_.push_back({.position = extent_.positions - 1, .value = static_cast<std::int32_t>(actual - expected)});
  return false;
}

/// Visits the references of a type, and those of the types without a list that it refers to. This order gives each
/// reference its position. Returns false if a reference needs a note.
bool EntryNotes::walk(const Type& type, bool by_value) {
  by_value = by_value && type.kind != Kind::ptr;
  bool is_default = true;
  btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
    if (reference.id == 0) return;
    const TypePlace& place = places_[reference.id];
    if (place.key != no_key) {
      const bool by_node = by_value || is_leaf(kernel_.type(reference.id).kind);
      const std::uint32_t expected = default_of(place.key, by_node ? nodes_[reference.id] : 0);
      is_default = add_target(place.index, expected) && is_default;
    } else {
      is_default = add_target(place.copy, 0) && is_default;
      is_default = walk_unlisted(reference.id, by_value) && is_default;
    }
  });
  return is_default;
}

bool EntryNotes::walk_unlisted(std::uint32_t id, bool by_value) {
  Walked& walked = walked_[by_value ? 1 : 0][id];
  if (walked.group == group_) {
    pass({.positions = walked.positions, .steps = walked.steps, .words = walked.words});
    return true;
  }
  const Extent before = extent_;
  const Type type = kernel_.type(id);
  pass({.words = word_count(type.kind, type.vlen)});
  if (!walk(type, by_value)) return false;
  const std::uint64_t words = extent_.words - before.words;
  if (words < unknown) {
    walked = {.group = group_,
              .positions = extent_.positions - before.positions,
              .steps = static_cast<std::uint32_t>(extent_.steps - before.steps),
              .words = static_cast<std::uint32_t>(words)};
  }
  return true;
}

/// Returns the index of the default target (default_target()).
std::uint32_t EntryNotes::default_of(std::uint32_t key, std::uint32_t node) {
  const bool is_extra = (key & extra_bit) != 0;
  if (has_groups_) {
    std::uint64_t steps = 0;
    const std::uint32_t found =
        default_target((is_extra ? grouped_extras_ : grouped_)[key & ~extra_bit], group_, node, steps);
    pass({.steps = steps});
    return found;
  }
  std::uint32_t index = 0;
  if (node != 0) {
    const auto list = std::as_const(lists_).list(key);
    while (list[index].node != node) ++index;
  }
  pass({.steps = std::uint64_t{index} + 1});
  return index;
}

}  // namespace minbtf::pack
