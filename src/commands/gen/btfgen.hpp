// SPDX-License-Identifier: BSD-2-Clause
// `min-btf btfgen`: does what BTFHub's tools/btfgen.sh does in a checkout of BTFHub.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& btfgen_command_line();

[[nodiscard]] std::string btfgen_help();

/// Runs the command and fills `reply`; also partly, if it throws UsageError or Error.
void btfgen(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
