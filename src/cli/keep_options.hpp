// SPDX-License-Identifier: BSD-2-Clause
// The option --keep: types that stay in a reduced BTF because user space looks them up by name.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"
#include "minbtf/keep.hpp"

namespace minbtf::cli {

/// Returns the description of --keep; `help` describes what the command does with it.
[[nodiscard]] OptionSpec keep_option(const char* help);

/// Returns the keeps of all --keep options, sorted, each once. "@FILE" stands for the keeps in FILE, one in a line;
/// blanks around them, empty lines and the rest of a line from '#' are ignored. Throws UsageError that names the word,
/// and its line in FILE; and Error if FILE cannot be read, or has over 1 MiB.
[[nodiscard]] std::vector<Keep> keeps_of(const ParsedLine& line);

/// Returns the texts of the keeps (Keep::text()).
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<Keep>& keeps);

/// Warns of each keep that no kernel has. `found` has a flag for each keep.
void warn_unmatched_keeps(const std::vector<Keep>& keeps, const std::vector<bool>& found, Reply& reply);

}  // namespace minbtf::cli
