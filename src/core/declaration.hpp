// How a type of the target is declared where it is not what the object declares: for people, nothing is decided by it.
#pragma once

#include <cstdint>
#include <string>

#include "core/question.hpp"

namespace minbtf::core {

/// "pointer to struct bio", "array of 4 int": what a type is made of, behind typedefs and qualifiers.
[[nodiscard]] std::string declaration_words(const btf::View& btf, std::uint32_t id);

/// Why `candidate`, of the name and kind that a question about a type wants, does not fit it: "no member b", "pointer
/// to void". Not longer than wire::longest_text. May be empty, and is if there is not enough `work` left to tell.
[[nodiscard]] std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate,
                                             Work& work);

}  // namespace minbtf::core
