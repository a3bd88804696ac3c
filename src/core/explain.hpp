// A mismatch in words, no text longer than wire::longest_text. Nothing in them tells kernels apart that are asked with
// the same outcome: no ids, no offsets, no lengths of arrays.
#pragma once

#include <string>

#include "core/question.hpp"
#include "core/spec_match.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::core {

/// The access of a question up to accessor `count`, in C's way: "task_struct.mm", "task_struct.cpus_mask[3]". For a
/// question about a type, its kind and name: "struct bio".
[[nodiscard]] std::string access_text(const Question& question, std::size_t count);

/// Why `question` does not fit a type of `target`, where `mismatch` came from asking.
[[nodiscard]] Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch);

/// There is no type to ask. `other` is the kind that a type of that name has; void_ if there is none at all.
[[nodiscard]] Explanation explain_no_candidate(const Question& question, Kind other);

}  // namespace minbtf::core
