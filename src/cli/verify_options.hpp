// The command line of `verify`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct VerifyOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool loader = false;  ///< --oracle=libbpf
  std::string full;
  std::string reduced;
  std::vector<std::string> objects;
  TreeOptions tree;
  std::string tree_word;  ///< an option that was given and makes sense only for trees; empty if there is none
};

[[nodiscard]] const CommandLine& verify_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] VerifyOptions verify_options(const ParsedLine& line);

[[nodiscard]] std::string verify_help();

}  // namespace minbtf::cli
