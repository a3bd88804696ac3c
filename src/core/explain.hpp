// A mismatch in words.
#pragma once

#include "core/mismatch.hpp"
#include "core/question.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::core {

/// The access of a question up to accessor `count`, in C's way: "task_struct.mm", "task_struct.cpus_mask[3]". For a
/// question about a type, its kind and name: "struct bio".
[[nodiscard]] std::string access_text(const Question& question, std::size_t count);

/// Why `question` does not fit a type of `target`, where `mismatch` came from asking.
[[nodiscard]] Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch);

/// There is no type to ask.
[[nodiscard]] Explanation explain_no_candidate(const Question& question);

}  // namespace minbtf::core
