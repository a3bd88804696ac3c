// SPDX-License-Identifier: BSD-2-Clause
// Finds the order in which selected types are written, and the types that are equal and written once.
//
// The ids and the order of types in the source depend on the kernel's build. They must not influence the output,
// because equal selections have to give equal files. Types are sorted by their own content. Types with equal content
// are then separated by the types that they refer to, in rounds, until a round separates no more types. This order is
// the order of writing, and types that are never separated are written once. (This is partition refinement, as used to
// minimise automata. References may be cyclic. Exact content is compared, not hashes.)
//
// There are two rules besides content:
//  1. Candidates of one root keep their order and are never merged. libbpf takes the load size from the first candidate
//     that matches, and finds ambiguities between candidates. Types that are kept by name keep their order too, so that
//     a search by name finds the same one first; equal ones have one rank and are written once.
//  2. The INT that gives loaders the pointer size comes before every other INT that could give it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "minimize/reduce/graph.hpp"

namespace minbtf::minimize {

/// A type that must stay a candidate or is kept by name, and its position in the list of its root.
struct RankedCandidate {
  std::uint32_t id = 0;    ///< GraphType::id
  std::uint32_t rank = 0;  ///< position among these types of its root
};

struct CanonicalOrder {
  /// Indices into Graph::types in the order of writing, one for each distinct type.
  std::vector<std::uint32_t> order;
  /// For each of Graph::types, its type id in the output.
  std::vector<std::uint32_t> new_ids;
};

/// Returns the canonical order of the types. The result does not depend on ids or order of the source, unless
/// types still differ after 256 rounds of refinement.
[[nodiscard]] CanonicalOrder canonical_order(const Graph& graph, std::span<const RankedCandidate> candidates);

}  // namespace minbtf::minimize
