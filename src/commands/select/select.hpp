// SPDX-License-Identifier: BSD-2-Clause
// The command `select`: which BTF a program on a machine gets.
#pragma once

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Runs the command. Throws UsageError or Error.
void select(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
