// `min-btf verify`: is what is to be shipped as good as what it was made of?
#pragma once

#include <string>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

[[nodiscard]] const CommandLine& verify_command_line();

[[nodiscard]] std::string verify_help();

/// Throws UsageError and Error.
void verify(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
