// SPDX-License-Identifier: BSD-2-Clause
// Keys of everything that libbpf can find out from a reduced BTF. Two BTFs with equal keys can stand in for each other.
//
// For each loader that may read the BTF differently (loader_models.hpp), Answers::all has the kept candidates of each
// group in their order (kept_candidates()), with their kinds, and for each question and candidate what core::decide()
// and core::patch() read of the outcome:
//  1. Whether the candidate matches or fails, and the failure.
//  2. The value. For type_id_target, in place of the id: the type that it names (type_identity.hpp), and which of the
//     other candidates have the same id.
//  3. Which of the other candidates have the field at the same bit offset: libbpf compares them.
//  4. For each load or store with this question: its new size, or that it is poisoned or fails. The size of the field
//     itself is read for nothing else.
//
// Two BTFs with different keys may still resolve every relocation alike, since the key does not follow the narrowing of
// candidates. The value of a candidate is not read while another candidate always makes the relocation ambiguous, for
// example. compare() finds such BTFs. They have equal Answers::results.
//
// Worked example: the offset of a field on four BTFs. "-" is "does not match".
//
//                     one                  another         a third         a fourth
//                     A    B    C           A               A    B          A
//       question 1    8    8    -           8               8    16         8
//
// The first two have equal keys: A stands in for B, and C takes no part. The third has another key: question 1 is
// ambiguous there. The field has another size on the fourth, which has the key of the first two, unless the question is
// that of a load.
#pragma once

#include <memory>

#include "btf/view.hpp"
#include "minbtf/plan.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Returns the keys. Only keys of one plan can be compared. What is kept by name is not part of them. Throws Error
/// (unsupported) where ask_all_questions() throws, and if a key is too long.
[[nodiscard]] Answers answers(const std::shared_ptr<const QueryPlan>& plan, const btf::View& reduced);

}  // namespace minbtf::minimize
