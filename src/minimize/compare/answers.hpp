// SPDX-License-Identifier: BSD-2-Clause
// A key of everything that libbpf can find out from a reduced BTF. Two BTFs with equal keys can stand in for each
// other.
//
// The key holds, for each loader that may read the BTF differently (loader_models.hpp), the outcomes of all questions
// for the kept candidates, in their order, and the kinds of these candidates. It is what compare() compares in its second step, written as text: if the
// keys are equal, compare() finds no difference. Two BTFs with different keys may still resolve every relocation alike,
// since the key does not follow the narrowing of candidates.
//
// Worked example: the outcomes of a group's candidates on three BTFs. "-" is "does not match".
//
//                     one                  another         a third
//                     A    B    C           A               B    A
//       question 1    8    8    -           8               -    8
//       question 2    4    4    -           4               16   4
//
// The first two have equal keys: A stands in for B, and C takes no part. The third has another key: there question 2 is
// ambiguous.
#pragma once

#include <string>

#include "btf/view.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Returns the key. Only keys of one plan can be compared. What is kept by name is not part of it. Throws Error
/// (unsupported) where ask_all_questions() throws, and if the key is too long.
[[nodiscard]] std::string answers(const QueryPlan& plan, const btf::View& reduced);

}  // namespace minbtf::minimize
