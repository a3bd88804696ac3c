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
  const char* synopsis;  ///< for the overview: what follows the name
  const char* purpose;   ///< in a few words, for the overview; in lines
  const CommandLine& (*command_line)();
  /// Runs it. Fills the reply as far as it comes; throws UsageError and Error.
  void (*run)(const ParsedLine& line, Reply& reply);
  std::string (*help)();
};

/// In the order of the overview.
[[nodiscard]] std::span<const Command> commands() noexcept;
/// Null if there is none of that name.
[[nodiscard]] const Command* find_command(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> command_names();

// `min-btf help` and `min-btf version`.

/// `arguments` are those after the word `help`. Throws UsageError for a command that does not exist.
void help(const std::vector<std::string>& arguments, Reply& reply);

/// `arguments` are those after the word. Throws UsageError for others than --json and those that ask for help.
void version(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
