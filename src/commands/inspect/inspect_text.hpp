// An Inspection in words, in lines of up to 100 characters where names allow it.
#pragma once

#include <string>
#include <vector>

#include "minbtf/inspection.hpp"

namespace minbtf::cli {

/// Lines without newlines, as bytes of the object have them: a terminal may be shown only what is printable in them.
/// With `every_place` each instruction that asks a question has a line, else the first and the number of others.
[[nodiscard]] std::vector<std::string> inspect_lines(const Inspection& object, bool every_place);

/// Of many objects that together ask `questions` different ones.
[[nodiscard]] std::string inspect_total(const std::vector<Inspection>& objects, std::size_t questions);

}  // namespace minbtf::cli
