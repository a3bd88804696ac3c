// The command line of `inspect`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace minbtf::cli {

struct InspectOptions {
  bool verbose = false;
  std::vector<std::string> objects;
};

[[nodiscard]] const CommandLine& inspect_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] InspectOptions inspect_options(const ParsedLine& line);

[[nodiscard]] std::string inspect_help();

}  // namespace minbtf::cli
