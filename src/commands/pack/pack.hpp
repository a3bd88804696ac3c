// SPDX-License-Identifier: BSD-2-Clause
// The command `pack`: makes a pack of kernels, and lists the kernels of a pack.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& pack_command_line();
[[nodiscard]] std::string pack_help();

/// Runs the command. Throws UsageError or Error.
void pack(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
