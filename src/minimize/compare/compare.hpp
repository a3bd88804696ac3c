// SPDX-License-Identifier: BSD-2-Clause
// Checks the law (docs/design.md) for any two BTFs: for every subset of an object's programs, libbpf resolves each
// relocation alike on both.
//
//  1. Each question is evaluated against each candidate of both BTFs, without narrowing.
//  2. Candidates without influence are left out on each side (kept_candidates()). If the other candidates have equal
//     outcomes in the same order, no subset of programs resolves differently.
//  3. Otherwise the narrowing of candidates is followed for all subsets of programs, on both sides at once
//     (follow_narrowing()). Only a relocation that resolves differently is a difference. An additional candidate that
//     changes no relocation is not a difference.
//  4. All of this is repeated for loaders that may read the two BTFs differently (loader_models()).
#pragma once

#include "minbtf/comparison.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Compares `reduced` with `full`. Throws Error (unsupported) if the programs narrow the candidates in more ways than
/// can be followed, and where ask_all_questions() throws.
[[nodiscard]] Comparison compare(const QueryPlan& plan, const btf::View& full, const btf::View& reduced);

}  // namespace minbtf::minimize
