// SPDX-License-Identifier: BSD-2-Clause
// `min-btf verify`: checks that libbpf resolves every relocation with a reduced BTF as with the full BTF.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& verify_command_line();

[[nodiscard]] std::string verify_help();

/// Runs the command and fills `reply`; also partly, if it throws UsageError or Error.
void verify(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
