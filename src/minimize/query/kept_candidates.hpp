// SPDX-License-Identifier: BSD-2-Clause
// Selects the candidates of a full BTF that must also be candidates in the reduced BTF.
#pragma once

#include <cstdint>
#include <vector>

#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// Returns for each group the indices into CandidateOutcomes::candidates that are kept, ascending.
///
/// A candidate is left out in two cases. In both cases no subset of an object's programs resolves differently.
///  1. The candidate matches no question of the group and fails on none (takes_part() is false).
///  2. A candidate that was kept before it stands in for it (stands_in()). A relocation that does not match the earlier
///     candidate does not match the later one either. While the later candidate is on libbpf's narrowed list, the
///     earlier one is on it too, and libbpf compares the earlier one first. If both fail, libbpf stops at the earlier
///     one.
/// All other candidates stay: some subset of programs may resolve differently without them. For type_id_target, the
/// value of an outcome is the candidate's type id. Two candidates that match such a question have equal outcomes only
/// if they are types of two modules and have the same id in their own files.
///
/// `by_another_loader` has the outcomes for a loader with another pointer size, if there can be one: a candidate then
/// stands in for another one only for both loaders.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> kept_candidates(const QueryPlan& plan, const OutcomeTable& table,
                                                                      const OutcomeTable* by_another_loader = nullptr);

/// Returns true if `earlier` has the same outcome for each question of the group that `later` matches or fails on.
/// Outcomes that cannot influence libbpf (core::decides_nothing()) are ignored.
[[nodiscard]] bool stands_in(const CandidateOutcomes& group, std::size_t questions, std::uint32_t earlier,
                             std::uint32_t later);

/// Returns true if the candidate with index `candidate` has an outcome that can influence libbpf: it matches a question
/// of the group, or fails on one.
[[nodiscard]] bool takes_part(const CandidateOutcomes& group, std::size_t questions, std::uint32_t candidate);

}  // namespace minbtf::minimize
