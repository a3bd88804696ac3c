// When are two questions the same? When matching reads the same of both local types.
#pragma once

#include <string>

namespace minbtf::core {

struct Question;

/// A key that is equal only for questions which every kernel answers alike. It spells out what spec_match.cpp,
/// compat.cpp and types_match.cpp read on the local side; where that would be too long (a type graph that fans out)
/// the key is of this object alone.
[[nodiscard]] std::string question_key(const Question& question);

}  // namespace minbtf::core
