// SPDX-License-Identifier: BSD-2-Clause
// The options and arguments of one command, described once for parsing, the help, the manual page and the completions
// of shells. Only this module uses Boost.Program_options.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::cli {

/// Wrong usage: the command line makes no sense. `what()` is one line; most lines name the help that explains the
/// command.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "did you mean": the valid word nearest to the typed word.

/// Returns the smallest number of insertions, deletions, substitutions and swaps of neighbours that turn one word into
/// the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// Returns the nearest of `words`, or an empty string if no word is near. Leading dashes do not count.
[[nodiscard]] std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

/// Returns "; did you mean 'WORD'?", or an empty string if no word is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

/// Splits each list at its commas, and returns the words of all lists in order.
[[nodiscard]] std::vector<std::string> split_lists(const std::vector<std::string>& lists);

/// A word that an option accepts, and its meaning.
template <typename Value>
struct OptionWord {
  const char* word;
  Value value;
};

/// What a shell offers for the value of an option, or for an argument.
enum class Offer : std::uint8_t {
  nothing,
  file,       ///< files and directories
  directory,  ///< directories only
  word,       ///< one of Placeholder::words
  word_list,  ///< some of Placeholder::words, separated by commas
};

/// The value of an option, or an argument, as the help names it.
struct Placeholder {
  Placeholder(const char* placeholder = "") : name(placeholder) {}  // NOLINT(google-explicit-constructor)

  const char* name;  ///< "FILE"; empty if there is no value
  Offer offer = Offer::nothing;
  std::vector<std::string> words{};
};

[[nodiscard]] Placeholder file(const char* name);
[[nodiscard]] Placeholder directory(const char* name);
[[nodiscard]] Placeholder one_of(const char* name, std::vector<std::string> words);
[[nodiscard]] Placeholder list_of(const char* name, std::vector<std::string> words);

/// Returns the words of a range of OptionWord.
[[nodiscard]] std::vector<std::string> words_of(const auto& option_words) {
  std::vector<std::string> words;
  for (const auto& each : option_words) words.emplace_back(each.word);
  return words;
}

/// The description of one option.
struct OptionSpec {
  const char* names = "";  ///< "verbose,v": the long name, and the letter of the short form if the option has one
  Placeholder value = {};  ///< its name in the help, and what a shell offers; without a name, the option is a switch
  const char* help = "";   ///< description for the help, with a newline wherever a line has to end
  bool repeatable = false;

  [[nodiscard]] std::string long_name() const;
  /// Returns the letter of the short form; 0 if there is none.
  [[nodiscard]] char letter() const;
};

/// --help and --json, which all commands have.
[[nodiscard]] OptionSpec help_option();
[[nodiscard]] OptionSpec json_option();

/// Options under one title of the help.
struct OptionGroup {
  std::string title;
  std::vector<OptionSpec> options;
};

/// An argument of a command that is not an option. Parsing does not use it.
struct ArgumentSpec {
  Placeholder value;
  bool repeatable = false;                 ///< all further arguments are like this one
  std::vector<std::string> absent_with{};  ///< long names of options: with one of them, there is no such argument
};

/// A parsed command line. Options are named by their long names.
class ParsedLine {
 public:
  /// Returns the arguments that belong to no option, in order.
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }
  [[nodiscard]] bool has(std::string_view option) const noexcept;
  /// Returns true if --help is given anywhere, or if `help` is the only argument.
  [[nodiscard]] bool asks_for_help() const noexcept;
  /// Returns the value of an option that is not repeatable; nullopt if the option was not given. Throws UsageError if
  /// the value is empty.
  [[nodiscard]] std::optional<std::string> word(std::string_view option) const;
  /// Returns all values of an option in order. Throws UsageError if a value is empty.
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  /// Returns the meaning of the option's value; that of the first of `words` if the option was not given. Throws
  /// UsageError if the value is not one of `words`.
  template <typename Value, std::size_t size>
  [[nodiscard]] Value choice(std::string_view option, const std::array<OptionWord<Value>, size>& words) const {
    return words[index_of(option, words_of(words))].value;
  }
  /// Returns the first of these options that was given, as "--NAME"; an empty string if none was given.
  [[nodiscard]] std::string first_of(std::initializer_list<const char*> options) const;
  /// Throws UsageError if both options were given.
  void refuse_both(const char* option, const char* other) const;
  /// Throws UsageError if there are fewer than `least` files, or if a file name is empty. `needed` names the files in
  /// the message: "INPUT and at least one OBJECT".
  void check_files(const std::vector<std::string>& files, std::size_t least, const char* needed) const;
  /// Returns " (see 'min-btf help COMMAND')", for the end of a message.
  [[nodiscard]] std::string see_help() const;
  /// Name of the command.
  [[nodiscard]] const std::string& command() const noexcept { return command_; }

 private:
  friend class CommandLine;
  struct Given {
    std::string option;
    std::vector<std::string> words;
  };

  [[nodiscard]] std::vector<std::string>& given(const std::string& option);
  [[nodiscard]] std::size_t index_of(std::string_view option, const std::vector<std::string>& words) const;

  std::string command_;
  std::vector<Given> given_;
  std::vector<std::string> words_;
};

/// The options and arguments of a command.
class CommandLine {
 public:
  /// `alias` is another name of the command: parse() ignores it as the first argument. Empty if there is no alias.
  CommandLine(std::string command, std::vector<OptionGroup> groups, std::vector<ArgumentSpec> arguments = {},
              std::string alias = {});

  [[nodiscard]] const std::vector<OptionGroup>& groups() const noexcept { return groups_; }
  [[nodiscard]] const std::vector<ArgumentSpec>& arguments() const noexcept { return arguments_; }

  /// Parses the arguments after the command's name. Throws UsageError for an unknown option, for an option without its
  /// value, and for an option that is given twice and not repeatable.
  [[nodiscard]] ParsedLine parse(const std::vector<std::string>& arguments) const;
  /// Returns the descriptions of all groups for the help, with an empty line between two groups.
  [[nodiscard]] std::string options_help() const;

 private:
  std::string command_;
  std::vector<OptionGroup> groups_;
  std::vector<ArgumentSpec> arguments_;
  std::string alias_;
};

}  // namespace minbtf::cli
