// The options that choose among the objects of a directory, for all commands that take OBJECTs.
#pragma once

#include <string>
#include <vector>

#include "archive/input/object_list.hpp"
#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] OptionSpec include_object_option();
[[nodiscard]] OptionSpec exclude_object_option();

/// What these options say. Throws UsageError.
[[nodiscard]] archive::ObjectSelection object_selection_of(const ParsedLine& line);

/// archive::find_objects(), with a warning for each glob that fits nothing. Throws Error.
[[nodiscard]] archive::ObjectList find_selected_objects(const std::vector<std::string>& arguments,
                                                        const archive::ObjectSelection& selection, Reply& reply);

}  // namespace minbtf::cli
