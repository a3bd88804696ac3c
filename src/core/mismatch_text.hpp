// SPDX-License-Identifier: BSD-2-Clause
// Texts about mismatches, and about declarations in the target that differ from the object's. They serve messages only.
// No text has over base::longest_text bytes.
#pragma once

#include <cstdint>
#include <string>

#include "core/question.hpp"
#include "core/spec_match.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::core {

/// "task_struct.cpus_mask[3]". For a type relocation it returns kind and name: "struct bio".
/// Returns the first `count` accessors of a question in C syntax: "task_struct.mm", "task_struct.cpus_mask[3]". Returns
/// kind and name of the type for a type relocation: "struct bio".
[[nodiscard]] std::string access_text(const Question& question, std::size_t count);

/// Returns why `question` does not match a type of `target`. `mismatch` is the result of ask(). The text has no ids, no
/// offsets and no array lengths, so it is the same for all kernels with the same outcome.
[[nodiscard]] Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch);

/// Returns the explanation for a kernel without candidates. `other` is the kind of a type that has the name of the
/// root, or void_ if no type has it.
[[nodiscard]] Explanation explain_no_candidate(const Question& question, Kind other);

/// Returns the structure of a type, without typedefs and qualifiers: "pointer to struct bio", "array of 4 int".
[[nodiscard]] std::string declaration_words(const btf::View& btf, std::uint32_t id);

/// Returns why `candidate` does not match a type relocation, although it has the right name and kind: "no member b",
/// "pointer to void". May be empty, and is empty if `steps` has run out.
[[nodiscard]] std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate,
                                             StepCounter& steps);

}  // namespace minbtf::core
