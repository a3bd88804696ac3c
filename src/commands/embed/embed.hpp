// SPDX-License-Identifier: BSD-2-Clause
// The command `embed`: makes an object or an assembler source from a file.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& embed_command_line();
[[nodiscard]] std::string embed_help();

/// Runs the command. Throws UsageError or Error.
void embed(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
