// SPDX-License-Identifier: BSD-2-Clause
// The commands of min-btf, by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

struct Command {
  const char* name;
  const char* synopsis;  ///< arguments, for the overview
  const char* purpose;   ///< purpose in a few words, for the overview; may have several lines
  const CommandLine& (*command_line)();
  /// Runs the command and fills the reply; also partly, if it throws UsageError or Error.
  void (*run)(const ParsedLine& line, Reply& reply);
  std::string (*help)();
};

/// Returns all commands in the order of the overview.
[[nodiscard]] std::span<const Command> commands() noexcept;
/// Returns the command of that name, or null.
[[nodiscard]] const Command* find_command(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> command_names();

// `min-btf help` and `min-btf version`. Neither parses a CommandLine.

constexpr const char* help_synopsis = "help [COMMAND]";
constexpr const char* help_purpose = "print this help, or that of a command";
constexpr const char* version_synopsis = "version";
constexpr const char* version_purpose = "print the versions of min-btf and of libbpf";

/// Returns --help and --version, the options that stand in the place of a command.
[[nodiscard]] const std::vector<OptionSpec>& tool_options();
/// Returns the words that `help` explains: the commands and `version`.
[[nodiscard]] std::vector<std::string> help_topics();
/// Returns the text of `min-btf help`.
[[nodiscard]] std::string overview();

/// Runs `help` with the arguments after that word. Throws UsageError for a command that does not exist.
void help(const std::vector<std::string>& arguments, Reply& reply);

/// Runs `version` with the arguments after that word. Throws UsageError for arguments other than --json and those that
/// ask for help.
void version(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
