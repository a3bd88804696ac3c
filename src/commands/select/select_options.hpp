// SPDX-License-Identifier: BSD-2-Clause
// The command line of `select`.
#pragma once

#include <optional>
#include <string>

#include "cli/command_line.hpp"

namespace minbtf::cli {

struct SelectOptions {
  std::string reduced;
  std::optional<std::string> os_release;  ///< path
  std::optional<std::string> machine;     ///< as `uname -m` prints it
  std::optional<std::string> release;     ///< `uname -r`
  std::optional<std::string> build;       ///< `uname -v`
  bool nearest = false;
  bool strict = false;
  std::string output;  ///< /dev/stdout for `-`; empty: only the answer is printed
  bool quiet = false;
  bool json = false;
};

[[nodiscard]] const CommandLine& select_command_line();
[[nodiscard]] std::string select_help();

/// Throws UsageError.
[[nodiscard]] SelectOptions select_options(const ParsedLine& line);

}  // namespace minbtf::cli
