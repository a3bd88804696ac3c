// SPDX-License-Identifier: BSD-2-Clause
// `min-btf gen`: reduces the BTF of one kernel or many for a set of objects.
#pragma once

#include "cli/command_line.hpp"
#include "cli/reply.hpp"
#include "commands/gen/gen_options.hpp"

namespace minbtf::cli {

/// Runs the command and fills `reply`; also partly, if it throws UsageError or Error.
void gen(const ParsedLine& line, Reply& reply);

/// Runs the command with options from another command line.
void run_gen(const GenOptions& options, Reply& reply);

}  // namespace minbtf::cli
