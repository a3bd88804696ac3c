// The command line of `check`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/conditions.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct CheckOptions {
  bool verbose = false;
  bool quiet = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::vector<std::string> objects;
  TreeOptions tree;
  std::string tree_word{};  ///< an option that was given and makes sense only for many kernels; empty if there is none
};

[[nodiscard]] const CommandLine& check_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] CheckOptions check_options(const ParsedLine& line);

[[nodiscard]] std::string check_help();

}  // namespace minbtf::cli
