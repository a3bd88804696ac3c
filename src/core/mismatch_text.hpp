// A mismatch in words, and how a type of the target is declared where it is not what the object declares: for people,
// nothing is decided by it. No text is longer than base::longest_text.
#pragma once

#include <cstdint>
#include <string>

#include "core/question.hpp"
#include "core/spec_match.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::core {

/// The access of a question up to accessor `count`, in C's way: "task_struct.mm", "task_struct.cpus_mask[3]". For a
/// question about a type, its kind and name: "struct bio".
[[nodiscard]] std::string access_text(const Question& question, std::size_t count);

/// Why `question` does not fit a type of `target`, where `mismatch` came from asking. Nothing in it tells kernels apart
/// that are asked with the same outcome: no ids, no offsets, no lengths of arrays.
[[nodiscard]] Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch);

/// There is no type to ask. `other` is the kind that a type of that name has; void_ if there is none at all.
[[nodiscard]] Explanation explain_no_candidate(const Question& question, Kind other);

/// "pointer to struct bio", "array of 4 int": what a type is made of, behind typedefs and qualifiers.
[[nodiscard]] std::string declaration_words(const btf::View& btf, std::uint32_t id);

/// Why `candidate`, of the name and kind that a question about a type wants, does not fit it: "no member b", "pointer
/// to void". Not longer than base::longest_text. May be empty, and is if there is no step of `steps` left.
[[nodiscard]] std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate,
                                             StepCounter& steps);

}  // namespace minbtf::core
