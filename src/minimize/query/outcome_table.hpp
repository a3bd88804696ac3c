// SPDX-License-Identifier: BSD-2-Clause
// Evaluates each question of a plan against each candidate of one kernel, and resolves relocations from the outcomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/spec_match.hpp"
#include "core/verdict.hpp"
#include "minbtf/resolution.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Outcomes of one group: one row for each question, one column for each candidate.
struct CandidateOutcomes {
  std::vector<std::uint32_t> candidates;  ///< type ids in the kernel's BTF, ascending
  std::vector<core::Outcome> outcomes;

  /// Returns the outcomes of the question with index `slot` in Group::questions, one for each of `candidates`.
  [[nodiscard]] std::span<const core::Outcome> row(std::size_t slot) const {
    return {outcomes.data() + slot * candidates.size(), candidates.size()};
  }
};

/// Outcomes for each group of the plan. Each candidate is evaluated independently of the others: no list is narrowed.
using OutcomeTable = std::vector<CandidateOutcomes>;

/// Kernels whose whole BTF has at least this many bytes have the same limit in ask_all_questions().
inline constexpr std::uint64_t bytes_of_largest_limit = 1U << 21U;

/// Evaluates all questions of `plan` against all candidates in `target`. Throws Error (unsupported) if the kernel has
/// so many types of one name that the outcomes would need too much memory. This limit grows with the size of the
/// kernel's whole BTF (btf::View::source_bytes()), up to bytes_of_largest_limit.
[[nodiscard]] OutcomeTable ask_all_questions(const QueryPlan& plan, const btf::View& target,
                                             const core::AskOptions& options = {});

/// Resolves the relocations of class `each` with the candidates in `list`, and narrows `list` (core::decide()). Sets
/// neither Resolution::object nor Resolution::relocation.
[[nodiscard]] Resolution resolve(const RelocationClass& each, const OutcomeTable& table,
                                 std::vector<core::CandidateClass>& list,
                                 core::ArrayLoad arrays = core::ArrayLoad::element);

/// Resolves the relocations of one object in the order of their records, and narrows the candidates of each local type
/// as libbpf does. `programs` has a flag for each program of the object: relocations of programs whose flag is false
/// are skipped. If `programs` is empty, all relocations are resolved.
[[nodiscard]] std::vector<Resolution> resolve_object(const QueryPlan& plan, const OutcomeTable& table,
                                                     std::size_t object, const std::vector<bool>& programs);

/// Returns the classes of candidates with equal outcomes for every question of `group`, by the first candidate of each
/// class. BTF that was never deduplicated has hundreds of candidates in few classes. `questions` is the number of
/// questions of the group.
[[nodiscard]] std::vector<core::CandidateClass> candidate_classes(const CandidateOutcomes& group,
                                                                  std::size_t questions);

}  // namespace minbtf::minimize
