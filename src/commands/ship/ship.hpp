// SPDX-License-Identifier: BSD-2-Clause
// The command `ship`: makes what a product embeds or installs from reduced BTF.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& ship_command_line();
[[nodiscard]] std::string ship_help();

/// Runs the command. Throws UsageError or Error.
void ship(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
