// The order in which selected types are written, and which of them are one.
//
// Ids and order of the source are accidents of the kernel's build: they must not show in the output, or else equal
// selections would give different files. So types are told apart by what they are: first by their own content, then,
// as long as that tells more apart, by what they refer to. The order in which they are told apart is the order in which
// they are written, and types that nothing tells apart are written once. (This is partition refinement, as used to
// minimise automata; references may be cyclic. Sorting by exact content instead of by hashes leaves nothing to chance.)
//
// Two things are more than content. Candidates of one root keep their order, and are never merged: libbpf takes load
// sizes from the first that fits, and finds ambiguity between them. And the INT that tells the pointer size comes
// before every other INT that could.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "btf/view.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::minimize {

/// A type that has to stay a candidate, and its place among those of its root.
struct RankedCandidate {
  std::uint32_t id = 0;
  std::uint32_t rank = 0;
};

struct CanonicalOrder {
  /// Indices into Selection::types, in the order of writing: one for each distinct type.
  std::vector<std::uint32_t> order;
  /// For each of Selection::types its id in the output.
  std::vector<std::uint32_t> new_ids;
};

[[nodiscard]] CanonicalOrder canonical_order(const btf::View& source, const Selection& selection,
                                             std::span<const RankedCandidate> candidates);

}  // namespace minbtf::minimize
