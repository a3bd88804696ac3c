// The options of one command: described once, for parsing and for its help. The only user of Boost.Program_options.
#pragma once

#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::cli {

/// A command line that makes no sense. `what()` is one line and names the help that explains it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "did you mean": the valid word nearest to what was typed.

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The nearest of `words`, or an empty string if none is near. Leading dashes do not count.
[[nodiscard]] std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

/// "; did you mean 'WORD'?", or nothing if no word is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

/// Words between commas, of several such lists.
[[nodiscard]] std::vector<std::string> split_lists(const std::vector<std::string>& lists);

struct OptionSpec {
  const char* names = "";  ///< "verbose,v": the long name, and a letter if there is one
  const char* value = "";  ///< what stands for its word in the help; empty for a switch
  const char* help = "";   ///< what it does, lines broken where they have to be
  bool repeatable = false;
};

struct OptionGroup {
  std::string title;
  std::vector<OptionSpec> options;
};

/// A word that an option takes, and what it means.
template <typename Value>
struct OptionWord {
  const char* word;
  Value value;
};

/// What was said on a command line that CommandLine knows. Options are named by their long names.
class ParsedLine {
 public:
  /// Words that belong to no option, in order.
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }
  [[nodiscard]] bool has(std::string_view option) const noexcept;
  /// --help anywhere, or `help` as the only word.
  [[nodiscard]] bool asks_for_help() const noexcept;
  /// The word of an option that is not repeatable; nothing if it was not given. Throws UsageError if it is empty.
  [[nodiscard]] std::optional<std::string> word(std::string_view option) const;
  /// All words of an option in order. Throws UsageError if one is empty.
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  /// The value of the option's word, which is one of `words`; the first of them if the option is missing. Throws
  /// UsageError.
  template <typename Value>
  [[nodiscard]] Value choice(std::string_view option, std::initializer_list<OptionWord<Value>> words) const {
    std::vector<std::string> known;
    for (const OptionWord<Value>& each : words) known.emplace_back(each.word);
    return words.begin()[index_of(option, known)].value;
  }
  /// The first of these switches and options that was given, as "--NAME"; empty if none was.
  [[nodiscard]] std::string first_of(std::initializer_list<const char*> options) const;
  /// Throws UsageError if both were given.
  void refuse_both(const char* option, const char* other) const;
  /// Throws UsageError if there are fewer files than the command needs, which are `needed`, or if one has no name.
  void check_files(const std::vector<std::string>& files, std::size_t least, const char* needed) const;
  /// " (see 'min-btf help COMMAND')", for the end of a message.
  [[nodiscard]] std::string see_help() const;

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

class CommandLine {
 public:
  /// `alias`, as the first word, is passed over; mostly empty.
  CommandLine(std::string command, std::vector<OptionGroup> groups, std::string alias = {});

  /// `arguments` are those after the command. Throws UsageError for what is no option of it, for an option whose word
  /// is missing, and for one that is given twice and not repeatable.
  [[nodiscard]] ParsedLine parse(const std::vector<std::string>& arguments) const;
  /// The groups as the help shows them, one under the other with an empty line between.
  [[nodiscard]] std::string options_help() const;

 private:
  std::string command_;
  std::vector<OptionGroup> groups_;
  std::string alias_;
};

}  // namespace minbtf::cli
