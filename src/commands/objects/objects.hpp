// SPDX-License-Identifier: BSD-2-Clause
// The command `objects`: lists the BPF objects in archives and programs, and takes them out.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& objects_command_line();
[[nodiscard]] std::string objects_help();

/// Runs the command. Throws UsageError or Error.
void objects(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
