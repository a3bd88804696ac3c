// Candidates of one kernel that say the same to every question.
#pragma once

#include <cstddef>
#include <vector>

#include "core/verdict.hpp"
#include "minimize/answers.hpp"

namespace minbtf::minimize {

/// By the first of each. Kernels that were never deduplicated have hundreds of candidates, and few classes.
[[nodiscard]] std::vector<core::CandidateClass> candidate_classes(const GroupAnswers& group, std::size_t questions);

}  // namespace minbtf::minimize
