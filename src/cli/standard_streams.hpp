// `-` on a command line: standard input or output, where a file is meant. A file that is called so is `./-`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace minbtf::cli {

/// The input files of one command line. Standard input is read once.
class InputWords {
 public:
  /// `line` has to live as long.
  explicit InputWords(const ParsedLine& line) : line_(line) {}

  /// What is to be opened: /dev/stdin (io::standard_input_name) for `-`, else `word`. Throws UsageError for a second
  /// standard input, and for a terminal, from which nobody types BTF.
  [[nodiscard]] std::string file(const std::string& word);
  [[nodiscard]] std::vector<std::string> files(std::vector<std::string> words);

 private:
  const ParsedLine& line_;
  bool has_stdin_ = false;
};

/// /dev/stdout for `-`, else `word`.
[[nodiscard]] std::string output_word(const std::string& word);

}  // namespace minbtf::cli
