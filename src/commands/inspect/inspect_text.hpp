// SPDX-License-Identifier: BSD-2-Clause
// An Inspection as text. Lines have at most 100 characters, unless a long name needs more.
#pragma once

#include <string>
#include <vector>

#include "minbtf/inspection.hpp"

namespace minbtf::cli {

/// Returns the lines, without newlines. Names are as in the object: call printable() before a line is printed to a
/// terminal. With `every_place`, each instruction of a question has its own line. Otherwise a question has its first
/// instruction and the number of the others.
[[nodiscard]] std::vector<std::string> inspect_lines(const Inspection& object, bool every_place);

/// Returns the total of several objects in one line. `questions` is the number of distinct questions of all objects
/// together.
[[nodiscard]] std::string inspect_total(const std::vector<Inspection>& objects, std::size_t questions);

}  // namespace minbtf::cli
