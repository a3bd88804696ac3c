// SPDX-License-Identifier: BSD-2-Clause
// A function for each command calls _arguments, zsh's own reader of options, which also shows their descriptions.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "commands/commands.hpp"
#include "manual/completion.hpp"

namespace minbtf::manual {

namespace {

using cli::Offer;

std::string in_zsh_quotes(const std::string& text) { return quoted(text, "'\\''"); }

/// Returns the description of an option between brackets.
std::string in_brackets(const std::string& text) {
  std::string result = "[";
  for (const char c : text) {
    if (c == '[' || c == ']' || c == '\\') result += '\\';
    result += c;
  }
  return result + "]";
}

/// Returns ":NAME:ACTION", where NAME is the heading of what is offered.
std::string action_of(const cli::Placeholder& value) {
  std::string action = ":";
  for (const char c : std::string_view(value.name)) action += c == ':' ? std::string("\\:") : std::string(1, c);
  switch (value.offer) {
    case Offer::nothing:
      return action + ": ";
    case Offer::file:
      return action + ":_files";
    case Offer::directory:
      return action + ":_path_files -/";
    case Offer::word:
      return action + fmt::format(":({})", fmt::join(value.words, " "));
    case Offer::word_list:
      return action + fmt::format(":_sequence compadd - {}", fmt::join(value.words, " "));
  }
  return action;
}

/// Returns the specification of one form of an option: "-j" or "--jobs".
std::string option_line(const cli::OptionSpec& option, const std::string& form) {
  const bool has_value = *option.value.name != '\0';
  // An option that is given is not offered again, in both forms.
  std::string spec = option.repeatable ? "*" : fmt::format("(--{})", option.long_name());
  if (!option.repeatable && option.letter() != '\0')
    spec = fmt::format("(-{} --{})", option.letter(), option.long_name());
  spec += form;
  if (has_value) spec += form.starts_with("--") ? "=" : "+";
  return in_zsh_quotes(spec + in_brackets(brief(option)) + (has_value ? action_of(option.value) : ""));
}

/// Returns the specification of an argument that is absent if certain options are given: files then take its place.
std::string conditional_argument(std::size_t number, const cli::ArgumentSpec& argument) {
  return in_zsh_quotes(fmt::format(
      "{}:{}:{{if (( ${{words[(I)--({})(|=*)]}} )); then _files; else compadd \"$expl[@]\" - {}; fi}}", number,
      argument.value.name, fmt::join(argument.absent_with, "|"), fmt::join(argument.value.words, " ")));
}

std::string command_function(const Completed& command) {
  std::vector<std::string> specs;
  for (const cli::OptionSpec& option : command.options) {
    if (option.letter() != '\0') specs.push_back(option_line(option, std::string("-") + option.letter()));
    specs.push_back(option_line(option, "--" + option.long_name()));
  }
  std::size_t number = 0;
  for (const cli::ArgumentSpec& argument : command.arguments) {
    ++number;
    if (!argument.absent_with.empty()) {
      specs.push_back(conditional_argument(number, argument));
    } else {
      const std::string place = argument.repeatable ? "*" : fmt::format("{}", number);
      specs.push_back(in_zsh_quotes(place + action_of(argument.value)));
    }
  }
  return fmt::format("_min-btf-{}() {{\n  _arguments -s -S \\\n    {}\n}}\n\n", command.command,
                     fmt::join(specs, " \\\n    "));
}

constexpr std::string_view dispatcher = R"sh(
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then
      _describe -o option options
    else
      _describe command commands
    fi
    return
  fi
  local command=$words[2] curcontext="${curcontext%:*}-$words[2]:"
  (( $+functions[_min-btf-$command] )) || return 1
  shift words
  (( CURRENT-- ))
  _min-btf-$command
}

_min-btf "$@"
)sh";

}  // namespace

std::string zsh_completion() {
  std::string text = "#compdef min-btf\n# Completions of min-btf for zsh, written by write_manual.\n\n";
  std::string names;
  for (const Completed& command : completed_commands()) {
    text += command_function(command);
    names += fmt::format("    {}\n", in_zsh_quotes(command.command + ":" + command.purpose));
  }
  std::string options;
  for (const cli::OptionSpec& option : cli::tool_options()) {
    for (const std::string& form : {std::string("-") + option.letter(), "--" + option.long_name()}) {
      options += fmt::format("    {}\n", in_zsh_quotes(form + ":" + option.help));
    }
  }
  return text +
         fmt::format("_min-btf() {{\n  local -a commands=(\n{}  )\n  local -a options=(\n{}  )", names, options) +
         std::string(dispatcher);
}

}  // namespace minbtf::manual
