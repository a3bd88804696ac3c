// SPDX-License-Identifier: BSD-2-Clause
// Numbers the strings, keys and records that a segment adds to a pack.
#pragma once

#include <vector>

#include "pack/known_numbers.hpp"
#include "pack/list_runs.hpp"
#include "pack/record_section.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// What the pack does not have, numbered behind that which it has.
struct SegmentTables {
  explicit SegmentTables(const RecordBounds& ends)
      : names(ends.names), fields(ends.fields), cuts(ends.cuts), nodes(ends.nodes) {}

  StringTable names;
  StringTable fields;
  std::vector<Key> keys;  ///< by name and kind
  RecordTable cuts;
  RecordTable nodes;
  ListTable lists;   ///< their nodes have the numbers of the pack
  ListRuns kernels;  ///< as given, with the numbers of the pack's keys and of `lists`
  // Extras belong to one segment. All numbers are those of the segment, except for nodes and keys in `extra_cuts`.
  StringTable extra_names;
  StringTable extra_fields;
  std::vector<ExtraKey> extra_keys;
  RecordTable extra_cuts;
  ListTable extra_lists;
  ListRuns extras;  ///< as `kernels`
};

/// The rows of `lists` and `extras` are the kernels. `ends` are the numbers behind those of the pack. `known` must be
/// that of `tables`.
[[nodiscard]] SegmentTables segment_tables(const TypeTables& tables, ListRuns lists, ListRuns extras,
                                           KnownNumbers known, const RecordBounds& ends);

}  // namespace minbtf::pack
