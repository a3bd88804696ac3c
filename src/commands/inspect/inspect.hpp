// SPDX-License-Identifier: BSD-2-Clause
// `min-btf inspect`: prints what objects need from a kernel.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& inspect_command_line();

[[nodiscard]] std::string inspect_help();

/// Runs the command and fills `reply`; also partly, if it throws UsageError or Error.
void inspect(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
