// SPDX-License-Identifier: BSD-2-Clause
// The command `min-btf check`: which programs of the objects relocate on one kernel or on many.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& check_command_line();

[[nodiscard]] std::string check_help();

/// Runs the command and fills `reply`. Throws UsageError or minbtf::Error; `reply` then has the results up to the
/// error.
void check(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
