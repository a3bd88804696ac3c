// SPDX-License-Identifier: BSD-2-Clause
// The command `unpack`: writes the kernels of a pack to a directory, as whole BTF.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& unpack_command_line();
[[nodiscard]] std::string unpack_help();

/// Runs the command. Throws UsageError or Error.
void unpack(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
