// Every question of a plan put to every candidate of one kernel, and what that means for each record.
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

/// Outcomes of one group: a row for each question, a column for each candidate.
struct CandidateOutcomes {
  std::vector<std::uint32_t> candidates;  ///< type ids, ascending
  std::vector<core::Outcome> outcomes;

  [[nodiscard]] std::span<const core::Outcome> row(std::size_t slot) const {
    return {outcomes.data() + slot * candidates.size(), candidates.size()};
  }
};

/// One for each group of the plan, un-narrowed: what each candidate says on its own.
using OutcomeTable = std::vector<CandidateOutcomes>;

/// Throws Error (unsupported) if the kernel has so many types of one name that the outcomes would fill memory.
[[nodiscard]] OutcomeTable ask_all_questions(const QueryPlan& plan, const btf::View& target,
                                             const core::AskOptions& options = {});

/// What records of this class come to, put to the candidates in `list`, which is narrowed as core::decide() says. The
/// result does not say which record it is of.
[[nodiscard]] Resolution resolve(const RelocationClass& each, const OutcomeTable& table,
                                 std::vector<core::CandidateClass>& list,
                                 core::ArrayLoad arrays = core::ArrayLoad::element);

/// Goes through the records of one object in order, narrowing candidates by local type as libbpf does. If `programs` is
/// not empty, records of programs that it does not hold are left out.
[[nodiscard]] std::vector<Resolution> resolve_object(const QueryPlan& plan, const OutcomeTable& table,
                                                     std::size_t object, const std::vector<bool>& programs);

/// Candidates of one kernel that say the same to every question, by the first of each. Kernels that were never
/// deduplicated have hundreds of candidates, and few classes.
[[nodiscard]] std::vector<core::CandidateClass> candidate_classes(const CandidateOutcomes& group,
                                                                  std::size_t questions);

}  // namespace minbtf::minimize
