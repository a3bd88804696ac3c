// What was said on the command line of `dump`.
#pragma once

#include <string>
#include <vector>

#include "archive/unpack.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

struct DumpOptions {
  bool json = false;
  std::string file;
  std::vector<std::string> type;  ///< words of TYPE; none for all types
  archive::UnpackLimits limits;
};

[[nodiscard]] const CommandLine& dump_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] DumpOptions dump_options(const ParsedLine& line);

[[nodiscard]] std::string dump_help();

}  // namespace minbtf::cli
