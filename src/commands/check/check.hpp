// `min-btf check`: what becomes of the objects' programs on one kernel or many.
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& check_command_line();

[[nodiscard]] std::string check_help();

/// Fills `reply` as far as it comes; throws UsageError or minbtf::Error.
void check(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
