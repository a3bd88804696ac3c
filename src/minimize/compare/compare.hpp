// The law itself, for any two BTFs: for every subset of an object's programs, libbpf decides on one as on the other.
//
// Every question is put to every candidate of both, un-narrowed. Candidates that decide nothing are left out on either
// side (kept_candidates()); where the others say the same in the same order, no subset can tell the two apart. Only
// where they do not, the narrowing of candidates is followed for all subsets of programs, on both sides at once, to see
// whether a decision turns on it: another candidate that changes nothing is no difference.
//
// Loaders that would read the two differently (loader_models()) are asked as well.
#pragma once

#include "minbtf/comparison.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Throws Error (unsupported) if there are more ways to narrow than can be followed, or as ask_all_questions() does.
[[nodiscard]] Comparison compare(const QueryPlan& plan, const btf::View& full, const btf::View& reduced);

}  // namespace minbtf::minimize
