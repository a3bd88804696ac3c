// SPDX-License-Identifier: BSD-2-Clause
#include "manual/completion.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "commands/commands.hpp"
#include "manual/help_text.hpp"

namespace minbtf::manual {

namespace {

std::vector<cli::OptionSpec> options_of(const cli::CommandLine& line) {
  std::vector<cli::OptionSpec> options;
  for (const cli::OptionGroup& group : line.groups()) {
    options.insert(options.end(), group.options.begin(), group.options.end());
  }
  return options;
}

}  // namespace

std::vector<Completed> completed_commands() {
  std::vector<Completed> all;
  for (const cli::Command& command : cli::commands()) {
    const cli::CommandLine& line = command.command_line();
    all.push_back({.command = command.name,
                   .purpose = in_one_line(command.purpose),
                   .options = options_of(line),
                   .arguments = line.arguments()});
  }
  all.push_back({.command = "help",
                 .purpose = cli::help_purpose,
                 .options = {cli::json_option()},
                 .arguments = {{cli::one_of("COMMAND", cli::help_topics())}}});
  all.push_back({.command = "version",
                 .purpose = cli::version_purpose,
                 .options = {cli::help_option(), cli::json_option()},
                 .arguments = {}});
  return all;
}

std::string brief(const cli::OptionSpec& option) {
  std::string_view text = option.help;
  text = text.substr(0, text.find("\n  "));  // a list of words
  std::string line = in_one_line(text);
  constexpr std::string_view is_default = " (default)";
  if (const std::size_t place = line.find(is_default); place != std::string::npos) line.erase(place, is_default.size());
  // A colon separates a condition from its consequence, or a statement from its details.
  const bool is_condition = line.starts_with("if ");
  for (const char* end : {"; ", " (default: ", " (separated", " (or ", ", such as", ": "}) {
    if (std::string_view(end) == ": " && is_condition) continue;
    line.resize(std::min(line.find(end), line.size()));
  }
  if (line.ends_with(':')) line.pop_back();
  return line;
}

std::string quoted(const std::string& text, const char* quote) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += quote;
    } else {
      result += c;
    }
  }
  return result + "'";
}

}  // namespace minbtf::manual
