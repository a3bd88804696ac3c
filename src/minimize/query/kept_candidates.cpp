// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/kept_candidates.hpp"

#include <algorithm>

namespace minbtf::minimize {

bool stands_in(const CandidateOutcomes& group, std::size_t questions, std::uint32_t earlier, std::uint32_t later) {
  for (std::size_t slot = 0; slot < questions; ++slot) {
    const auto row = group.row(slot);
    if (!core::decides_nothing(row[later]) && row[later] != row[earlier]) return false;
  }
  return true;
}

bool takes_part(const CandidateOutcomes& group, std::size_t questions, std::uint32_t candidate) {
  for (std::size_t slot = 0; slot < questions; ++slot) {
    if (!core::decides_nothing(group.row(slot)[candidate])) return true;
  }
  return false;
}

namespace {

/// Limit on comparisons of two outcomes, for all groups of one kernel. Real kernels take thousands. Beyond the limit
/// every candidate that takes part is kept: the result is larger than needed, and still correct.
constexpr std::uint64_t comparison_limit = 1U << 26U;

}  // namespace

/// Worked example: the outcomes of four candidates for two questions about offsets. "-" is "does not match".
///
///                         A    B    C    D
///     first question      8    8    16   -
///     second question     4    -    -    -
///
///  - A is kept: no candidate comes before it.
///  - B is left out. B matches only the first question, and A has the same outcome there: A stands in for B.
///  - C is kept. Its outcome for the first question differs from A's: with A and C that relocation is ambiguous.
///  - D is left out: it matches no question and fails on none.
std::vector<std::vector<std::uint32_t>> kept_candidates(const QueryPlan& plan, const OutcomeTable& table,
                                                        const OutcomeTable* by_another_loader) {
  std::vector<std::vector<std::uint32_t>> kept(table.size());
  std::uint64_t left = comparison_limit;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const CandidateOutcomes& group = table[i];
    const std::size_t questions = plan.groups[i].questions.size();
    for (std::uint32_t candidate = 0; candidate < group.candidates.size(); ++candidate) {
      if (!takes_part(group, questions, candidate)) continue;
      const bool spare = std::any_of(kept[i].begin(), kept[i].end(), [&](std::uint32_t earlier) {
        if (left < questions) return false;
        left -= questions;
        return stands_in(group, questions, earlier, candidate) &&
               (by_another_loader == nullptr || stands_in((*by_another_loader)[i], questions, earlier, candidate));
      });
      if (!spare) kept[i].push_back(candidate);
    }
  }
  return kept;
}

}  // namespace minbtf::minimize
