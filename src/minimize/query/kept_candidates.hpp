// Which candidates have to stay candidates.
#pragma once

#include <cstdint>
#include <vector>

#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// By group, the columns of CandidateOutcomes::candidates that are kept, ascending.
///
/// A candidate that fits no question and fails on none takes part in nothing. One that never fails, and wherever it
/// fits has the same outcome as one kept before it, decides nothing either: whenever it is on libbpf's narrowed list,
/// so is the earlier one, and is compared first. Everything else stays, for some subset of programs may turn on it.
/// (With type_id_target the outcome is the candidate itself, so that two that fit are never the same.)
[[nodiscard]] std::vector<std::vector<std::uint32_t>> kept_candidates(const QueryPlan& plan, const OutcomeTable& table);

/// Does `earlier` stand in for `later` on every question of the group?
[[nodiscard]] bool stands_in(const CandidateOutcomes& group, std::size_t questions, std::uint32_t earlier,
                             std::uint32_t later);

/// Does column `candidate` fit or fail on any question?
[[nodiscard]] bool takes_part(const CandidateOutcomes& group, std::size_t questions, std::uint32_t candidate);

}  // namespace minbtf::minimize
