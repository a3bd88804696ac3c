// SPDX-License-Identifier: BSD-2-Clause
// Finds the notes of the entries of a kernel (docs/pack-format.md, "Notes").
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "btf/view.hpp"
#include "pack/entry_lists.hpp"
#include "pack/kernel_types.hpp"

namespace minbtf::pack {

class EntryNotes {
 public:
  /// `places` and `nodes` are by type id; a type has its node if a walk by value can reach it. Lists and copy numbers
  /// are complete. All arguments must outlive the object.
  EntryNotes(const btf::View& kernel, std::span<const TypePlace> places, std::span<const std::uint32_t> nodes,
             EntryLists& lists, EntryLists& extra_lists, bool has_groups);

  /// Walks an entry, and sets its notes, which are valid as long as the object. The walk of an extra that is not listed
  /// begins with a reference to it, whose note is the number of the copy. Throws DoesNotFit if there are too many
  /// references.
  void add(std::uint32_t id, std::uint32_t key, std::uint32_t index);
  /// Returns what all walks visited.
  [[nodiscard]] std::uint64_t steps() const noexcept { return all_.positions + all_.steps + all_.words; }

 private:
  static constexpr std::uint32_t unknown = static_cast<std::uint32_t>(-1);

  /// What a walk visits.
  struct Extent {
    std::uint32_t positions = 0;
    std::uint64_t steps = 0;  ///< entries that are compared
    std::uint64_t words = 0;  ///< of types without a list
  };
  /// The walk of a type without a list, if no reference in it needs a note.
  struct Walked {
    std::uint32_t group = unknown;  ///< of the entry that was walked
    std::uint32_t positions = 0;
    std::uint32_t steps = 0;
    std::uint32_t words = 0;
  };
  struct AllExtents {
    std::size_t positions = 0;
    std::uint64_t steps = 0;
    std::uint64_t words = 0;
  };

  void pass(const Extent& extent);
  bool add_target(std::uint32_t actual, std::uint32_t expected);
  bool walk(const btf::Type& type, bool by_value);
  bool walk_unlisted(std::uint32_t id, bool by_value);
  std::uint32_t default_of(std::uint32_t key, std::uint32_t node);

  const btf::View& kernel_;
  std::span<const TypePlace> places_;
  std::span<const std::uint32_t> nodes_;
  EntryLists& lists_;
  EntryLists& extra_lists_;
  bool has_groups_;
  // The lists again, to search in groups; empty if there are no groups.
  std::vector<List> grouped_;
  std::vector<List> grouped_extras_;
  std::deque<std::vector<Note>> notes_;  ///< of the entries that have some

  // The walk of one entry.
  std::uint32_t group_ = 0;
  Extent extent_;
  std::vector<Note> walk_notes_;
  std::vector<Walked> walked_[2];  ///< by type id: behind a pointer, and by value
  AllExtents all_;
  std::size_t max_all_positions_;
};

}  // namespace minbtf::pack
