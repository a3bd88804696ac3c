#include "minimize/query/kept_candidates.hpp"

#include <algorithm>

namespace minbtf::minimize {

using core::Answer;

bool stands_in(const CandidateOutcomes& group, std::size_t questions, std::uint32_t earlier, std::uint32_t later) {
  for (std::size_t slot = 0; slot < questions; ++slot) {
    const auto row = group.row(slot);
    if (core::decides_nothing(row[later])) continue;
    if (row[later].state == Answer::State::failed || row[later] != row[earlier]) return false;
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

/// Comparisons of one candidate's outcomes with another's, for a whole kernel. Real ones take thousands. Beyond this,
/// candidates are kept unseen: more than is needed, and never wrong.
constexpr std::uint64_t comparison_limit = 1U << 26U;

}  // namespace

/// An example: what four candidates say to two questions.
///
///               A    B    C    D
///     first     8    8    16   no
///     second    4    no   no   no
///
/// A is kept. B says what A says wherever it fits: A stands in for it. C is kept, since the first question is ambiguous
/// with it. D takes part in nothing.
std::vector<std::vector<std::uint32_t>> kept_candidates(const QueryPlan& plan, const OutcomeTable& table) {
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
        return stands_in(group, questions, earlier, candidate);
      });
      if (!spare) kept[i].push_back(candidate);
    }
  }
  return kept;
}

}  // namespace minbtf::minimize
