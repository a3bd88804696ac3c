// SPDX-License-Identifier: BSD-2-Clause
// Options that select objects in a directory, for all commands that take OBJECTs.
#pragma once

#include <string>
#include <vector>

#include "archive/input/object_list.hpp"
#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] OptionSpec include_object_option();
[[nodiscard]] OptionSpec exclude_object_option();

/// Returns the values of these options. Throws UsageError for a field other than {bpfarch} in a glob.
[[nodiscard]] archive::ObjectSelection object_selection_of(const ParsedLine& line);

/// Runs archive::find_objects(), and warns of each glob that matches no object. Throws Error.
[[nodiscard]] archive::ObjectList find_selected_objects(const std::vector<std::string>& arguments,
                                                        const archive::ObjectSelection& selection, Reply& reply);

}  // namespace minbtf::cli
