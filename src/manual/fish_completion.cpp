// SPDX-License-Identifier: BSD-2-Clause
// A line `complete` for each option and argument. Conditions find the command and the number of the argument.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "commands/commands.hpp"
#include "manual/completion.hpp"

namespace minbtf::manual {

namespace {

using cli::Offer;

std::string in_quotes(const std::string& text) { return quoted(text, "\\'"); }

/// Returns the words of `complete` for a value.
std::string fish_offer_of(const cli::Placeholder& value) {
  switch (value.offer) {
    case Offer::nothing:
      return "-x";
    case Offer::file:
      return "-r -F";
    case Offer::directory:
      return "-x -a '(__min_btf_directories)'";
    case Offer::word:
      return fmt::format("-x -a '{}'", fmt::join(value.words, " "));
    case Offer::word_list:
      return fmt::format("-x -a '(__min_btf_list {})'", fmt::join(value.words, " "));
  }
  return "";
}

std::string option_line(const std::string& condition, const cli::OptionSpec& option) {
  std::string line = fmt::format("complete -c min-btf -n '{}'", condition);
  if (option.letter() != '\0') line += fmt::format(" -s {}", option.letter());
  line += fmt::format(" -l {}", option.long_name());
  if (*option.value.name != '\0') line += " " + fish_offer_of(option.value);
  return line + fmt::format(" -d {}\n", in_quotes(brief(option)));
}

std::string argument_line(const std::string& command, std::size_t number, const cli::ArgumentSpec& argument) {
  const std::string offer =
      argument.value.offer == Offer::word ? fmt::format("-a '{}'", fmt::join(argument.value.words, " ")) : "-F";
  return fmt::format("complete -c min-btf -n '__min_btf_argument {} {}{}' {}\n", command, number,
                     argument.repeatable ? " more" : "", offer);
}

/// Returns a function that is true for options whose value is the next word.
std::string value_function(const std::vector<Completed>& commands) {
  std::string text = "function __min_btf_takes_value # COMMAND OPTION\n    switch \"$argv\"\n";
  for (const Completed& command : commands) {
    std::string patterns;
    for (const cli::OptionSpec& option : command.options) {
      if (*option.value.name == '\0') continue;
      patterns += fmt::format(" '{} --{}'", command.command, option.long_name());
      if (option.letter() != '\0') patterns += fmt::format(" '{} -{}'", command.command, option.letter());
    }
    if (!patterns.empty()) text += fmt::format("        case{}\n            return 0\n", patterns);
  }
  return text + "    end\n    return 1\nend\n\n";
}

/// Returns a function that is true for options in whose presence a command has one argument less.
std::string absence_function(const std::vector<Completed>& commands) {
  std::string patterns;
  for (const Completed& command : commands) {
    for (const cli::ArgumentSpec& argument : command.arguments) {
      for (const std::string& option : argument.absent_with) {
        patterns += fmt::format(" '{} --{}' '{} --{}=*'", command.command, option, command.command, option);
      }
    }
  }
  return fmt::format(
      "function __min_btf_replaces_argument # COMMAND OPTION\n    switch \"$argv\"\n        case{}\n"
      "            return 0\n    end\n    return 1\nend\n\n",
      patterns);
}

constexpr std::string_view functions =
    R"fish(function __min_btf_command # COMMAND: true behind this command; without COMMAND, before all commands
    set -l tokens (commandline -opc)
    if set -q argv[1]
        test (count $tokens) -ge 2; and test "$tokens[2]" = $argv[1]
    else
        test (count $tokens) -eq 1
    end
end

function __min_btf_argument # COMMAND NUMBER [more]: true for this argument; with more, also for those behind it
    __min_btf_command $argv[1]; or return 1
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -e tokens[1]
    set -l number 1
    set -l kind option
    for token in $tokens
        if test $kind = value
            set kind option
        else if test $kind = option; and test "$token" = --
            set kind argument
        else if test $kind = option; and string match -qr -- '^-.' $token
            __min_btf_replaces_argument $argv[1] $token; and set number (math $number + 1)
            __min_btf_takes_value $argv[1] $token; and set kind value
        else
            set number (math $number + 1)
        end
    end
    test $number -eq $argv[2]; or begin
        set -q argv[3]; and test $number -gt $argv[2]
    end
end

function __min_btf_value # the value of an option that is typed
    string replace -r -- '^--[^=]*=' '' (commandline -ct)
end

function __min_btf_list # WORD...: the words, behind those that are in the list already
    set -l before (string match -r -- '^.*,' (__min_btf_value))
    for word in $argv
        string match -q -- "*,$word,*" ",$before"; or printf '%s\n' "$before$word"
    end
end

function __min_btf_directories
    __fish_complete_directories (__min_btf_value)
end

)fish";

}  // namespace

std::string fish_completion() {
  const std::vector<Completed> commands = completed_commands();
  std::string text = "# Completions of min-btf for fish, written by write_manual.\n\n";
  text += value_function(commands) + absence_function(commands) + std::string(functions);
  text += "complete -c min-btf -f\n";
  for (const cli::OptionSpec& option : cli::tool_options()) text += option_line("__min_btf_command", option);
  for (const Completed& command : commands) {
    text += fmt::format("complete -c min-btf -n '__min_btf_command' -a {} -d {}\n", command.command,
                        in_quotes(command.purpose));
  }
  for (const Completed& command : commands) {
    text += "\n";
    for (const cli::OptionSpec& option : command.options) {
      text += option_line("__min_btf_command " + command.command, option);
    }
    std::size_t number = 0;
    for (const cli::ArgumentSpec& argument : command.arguments) {
      text += argument_line(command.command, ++number, argument);
    }
  }
  return text;
}

}  // namespace minbtf::manual
