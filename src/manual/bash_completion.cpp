// SPDX-License-Identifier: BSD-2-Clause
// Bash has no descriptions of words. The file has three tables as functions: the options of a command, what the value
// of an option is, and what an argument is. The function _min_btf interprets them.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "commands/commands.hpp"
#include "manual/completion.hpp"

namespace minbtf::manual {

namespace {

using cli::Offer;

/// Returns what a table has for a value: "file", "directory", "word a b", "list a b" or "text".
std::string offer_of(const cli::Placeholder& value) {
  switch (value.offer) {
    case Offer::nothing:
      return "text";
    case Offer::file:
      return "file";
    case Offer::directory:
      return "directory";
    case Offer::word:
      return fmt::format("word {}", fmt::join(value.words, " "));
    case Offer::word_list:
      return fmt::format("list {}", fmt::join(value.words, " "));
  }
  return "text";
}

/// Returns "-j --jobs= -v --verbose ...": an option that has a value ends in `=`.
std::string options_of(const std::vector<cli::OptionSpec>& options) {
  std::vector<std::string> words;
  for (const cli::OptionSpec& option : options) {
    if (option.letter() != '\0') words.push_back(std::string("-") + option.letter());
    words.push_back("--" + option.long_name() + (*option.value.name == '\0' ? "" : "="));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string option_table(const std::vector<Completed>& commands) {
  std::string table = "_min_btf_options() {  # COMMAND\n  case $1 in\n";
  for (const Completed& command : commands) {
    table += fmt::format("    {}) options='{}' ;;\n", command.command, options_of(command.options));
  }
  return table + "    *) options='' ;;\n  esac\n}\n\n";
}

std::string value_table(const std::vector<Completed>& commands) {
  std::string table = "_min_btf_value() {  # COMMAND OPTION\n  case \"$1 $2\" in\n";
  for (const Completed& command : commands) {
    for (const cli::OptionSpec& option : command.options) {
      if (*option.value.name == '\0') continue;
      std::string pattern = fmt::format("'{} --{}'", command.command, option.long_name());
      if (option.letter() != '\0') pattern += fmt::format(" | '{} -{}'", command.command, option.letter());
      table += fmt::format("    {}) offer='{}' ;;\n", pattern, offer_of(option.value));
    }
  }
  return table + "    *) offer='' ;;\n  esac\n}\n\n";
}

std::string argument_table(const std::vector<Completed>& commands) {
  std::string table = "_min_btf_argument() {  # COMMAND NUMBER GIVEN_OPTIONS\n  local number=$2\n  case \"$1 $3\" in\n";
  for (const Completed& command : commands) {
    for (const cli::ArgumentSpec& argument : command.arguments) {
      for (const std::string& option : argument.absent_with) {
        table += fmt::format("    '{} '*' --{} '*) ((number += 1)) ;;\n", command.command, option);
      }
    }
  }
  table += "  esac\n  case \"$1 $number\" in\n";
  for (const Completed& command : commands) {
    std::size_t number = 0;
    for (const cli::ArgumentSpec& argument : command.arguments) {
      ++number;
      const std::string pattern = argument.repeatable ? fmt::format("'{} '*", command.command)
                                                      : fmt::format("'{} {}'", command.command, number);
      table += fmt::format("    {}) offer='{}' ;;\n", pattern, offer_of(argument.value));
    }
  }
  return table + "    *) offer='' ;;\n  esac\n}\n\n";
}

constexpr std::string_view interpreter = R"sh(_min_btf_words() {  # PREFIX TYPED WORD...
  local prefix=$1 typed=$2 word
  shift 2
  for word; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("$prefix$word")
  done
}

_min_btf() {
  local IFS=$' \t\n'
  local command options offer pending='' given=' ' ended='' number=1
  local i piece last value prefix before
  local -a words=()
  COMPREPLY=()

  # Bash divides words at = and : (COMP_WORDBREAKS). Join the pieces.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    last=${COMP_WORDS[i - 1]}
    if ((i > 2)) && [[ $piece == [=:]* || ($last == [=:]* && -z ${last//[=:]/}) ]]; then
      words[${#words[@]} - 1]+=$piece
    else
      words+=("$piece")
    fi
  done
  local current=${words[${#words[@]} - 1]}
  command=${words[0]}

  if ((${#words[@]} == 1)); then
    if [[ $current == -* ]]; then
      _min_btf_words '' "$current" $_min_btf_tool_options
    else
      _min_btf_words '' "$current" $_min_btf_commands
    fi
    return
  fi

  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    piece=${words[i]}
    if [[ $pending ]]; then
      pending=''
    elif [[ ! $ended && $piece == -- ]]; then
      ended=1
    elif [[ ! $ended && $piece == --* ]]; then
      given+="${piece%%=*} "
      _min_btf_value "$command" "$piece"
      pending=$offer
    elif [[ ! $ended && $piece == -?* ]]; then
      _min_btf_value "$command" "$piece"
      pending=$offer
    else
      ((number += 1))
    fi
  done

  value=$current
  prefix=''
  if [[ $pending ]]; then
    offer=$pending
  elif [[ ! $ended && $current == --*=* ]]; then
    _min_btf_value "$command" "${current%%=*}"
    value=${current#*=}
    # If = does not divide words, the whole word is replaced.
    [[ $COMP_WORDBREAKS == *=* ]] || prefix=${current%%=*}=
  elif [[ ! $ended && $current == -* ]]; then
    _min_btf_options "$command"
    _min_btf_words '' "$current" $options
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
    return
  else
    _min_btf_argument "$command" "$number" "$given"
  fi

  # Readline completes the names of files if there are no words.
  case $offer in
    file) compopt -o default ;;
    directory) compopt -o dirnames ;;
    word\ *) _min_btf_words "$prefix" "$value" ${offer#* } ;;
    list\ *)
      before=${value%"${value##*,}"}
      for piece in ${offer#* }; do
        [[ ,$before == *",$piece,"* ]] || _min_btf_words "$prefix$before" "${value##*,}" "$piece"
      done
      compopt -o nospace
      ;;
  esac
}

complete -F _min_btf min-btf
)sh";

}  // namespace

std::string bash_completion() {
  const std::vector<Completed> commands = completed_commands();
  std::vector<std::string> names;
  for (const Completed& command : commands) names.push_back(command.command);
  std::string text = "# Completions of min-btf for bash, written by write_manual.   -*- shell-script -*-\n\n";
  text += fmt::format("_min_btf_commands='{}'\n", fmt::join(names, " "));
  text += fmt::format("_min_btf_tool_options='{}'\n\n", options_of(cli::tool_options()));
  return text + option_table(commands) + value_table(commands) + argument_table(commands) + std::string(interpreter);
}

}  // namespace minbtf::manual
