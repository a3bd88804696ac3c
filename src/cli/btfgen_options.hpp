// The command line of `btfgen`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/gen_options.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& btfgen_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] GenOptions btfgen_options(const ParsedLine& line);

[[nodiscard]] std::string btfgen_help();

}  // namespace minbtf::cli
