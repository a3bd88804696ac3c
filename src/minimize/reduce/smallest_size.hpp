// SPDX-License-Identifier: BSD-2-Clause
// The smallest sizes of composites that hold their members.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "minimize/reduce/graph.hpp"

namespace minbtf::minimize {

/// Sets the sizes of the composites in `ids` to the smallest multiples of their alignment that hold their members, in
/// bytes. A pointer has the size that Graph::pointer_ints tell, otherwise 8 bytes. A composite that holds itself, or
/// one that does, keeps its size. A size of 4 GiB and more is written as the largest that fits.
void set_smallest_sizes(Graph& graph, const std::unordered_set<std::uint32_t>& ids);

}  // namespace minbtf::minimize
