// SPDX-License-Identifier: BSD-2-Clause
// `-` on a command line: standard input or standard output in the place of a file. A file named `-` is given as `./-`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace minbtf::cli {

/// The input files of one command line. Standard input can be one of them, because it can be read only once.
class InputWords {
 public:
  /// `line` has to outlive this object.
  explicit InputWords(const ParsedLine& line) : line_(line) {}

  /// Returns the file to open: /dev/stdin (io::standard_input_name) for `-`, else `word`. Throws UsageError if standard
  /// input is given twice, or is a terminal, and Error (wrong_file) if standard input is a directory.
  [[nodiscard]] std::string file(const std::string& word);
  [[nodiscard]] std::vector<std::string> files(std::vector<std::string> words);

 private:
  const ParsedLine& line_;
  bool has_stdin_ = false;
};

/// Returns /dev/stdout for `-`, else `word`.
[[nodiscard]] std::string output_word(const std::string& word);

/// Returns the name of a file in messages: "standard input" for /dev/stdin, "standard output" for /dev/stdout, else
/// `path`. JSON fields have the path itself.
[[nodiscard]] std::string shown_path(const std::string& path);

}  // namespace minbtf::cli
