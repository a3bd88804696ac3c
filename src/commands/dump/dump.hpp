// SPDX-License-Identifier: BSD-2-Clause
// The command `min-btf dump`: prints BTF in C or JSON.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& dump_command_line();

[[nodiscard]] std::string dump_help();

/// Runs the command and fills `reply`. Throws UsageError or minbtf::Error.
void dump(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
