// `min-btf inspect`: what objects ask of a kernel.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& inspect_command_line();

[[nodiscard]] std::string inspect_help();

/// Throws UsageError and Error.
void inspect(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
