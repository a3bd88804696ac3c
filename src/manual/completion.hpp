// SPDX-License-Identifier: BSD-2-Clause
// Completions of shells: commands, options, the words that options accept, files and directories. They are written
// once, from the descriptions of options and arguments, and do not run min-btf.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace minbtf::manual {

/// The completions of bash: a function for `complete -F`. It needs bash 4.4, and nothing of bash-completion, which
/// loads the file by its name.
[[nodiscard]] std::string bash_completion();
/// The completions of zsh: an autoloaded function for compinit.
[[nodiscard]] std::string zsh_completion();
/// The completions of fish, version 3.1 or newer.
[[nodiscard]] std::string fish_completion();

/// What may stand behind a command.
struct Completed {
  std::string command;
  std::string purpose;  ///< in one line
  std::vector<cli::OptionSpec> options;
  std::vector<cli::ArgumentSpec> arguments;
};

/// Returns all commands, with `help` and `version`.
[[nodiscard]] std::vector<Completed> completed_commands();

/// Returns the first statement of an option's description, in one line: "process N kernels at a time".
[[nodiscard]] std::string brief(const cli::OptionSpec& option);

/// Returns "'TEXT'" in the quotes of a shell: `quote` stands for a quote in the text.
[[nodiscard]] std::string quoted(const std::string& text, const char* quote);

}  // namespace minbtf::manual
