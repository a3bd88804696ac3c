// SPDX-License-Identifier: BSD-2-Clause
// The members of a composite with those of its anonymous members.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "minimize/reduce/graph.hpp"
#include "minimize/reduce/read_parts.hpp"

namespace minbtf::minimize {

struct FlattenedMember {
  std::uint32_t composite = 0;   ///< the composite in which the member stands
  std::uint32_t bit_offset = 0;  ///< from the outer composite
  GraphMember member;
};

struct FlattenedMembers {
  std::vector<FlattenedMember> members;
  std::vector<std::uint32_t> replaced = {};  ///< composites whose members are among them
  /// The order of the members is not read: all have names, and each name occurs once.
  bool can_be_sorted = false;
};

/// Returns the members of `type`, a composite of the graph. An anonymous member is replaced by the members of its type,
/// unless these are read as they stand (What::layout) or are in `verbatim`. No member is replaced
///  - if the members of `type` are read as they stand,
///  - if a name would occur twice: libbpf searches in depth, cilium/ebpf in breadth (btf/core.go, coreFindMember()),
///  - if an offset does not fit beside a bitfield, which leaves it 24 bits,
///  - if a bitfield would come beside an INT that is a bitfield by itself (is_bitfield_int()),
///  - if there are too many members.
[[nodiscard]] FlattenedMembers flattened_members(const GraphType& type, const GraphIndex& types, const ReadParts& read,
                                                 const std::unordered_set<std::uint32_t>& verbatim);

}  // namespace minbtf::minimize
