// SPDX-License-Identifier: BSD-2-Clause
#include "cli/standard_streams.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

std::string InputWords::file(const std::string& word) {
  if (word != "-" && word != io::standard_input_name) return word;
  if (has_stdin_) throw UsageError(fmt::format("standard input can be read only once{}", line_.see_help()));
  has_stdin_ = true;
  if (::isatty(STDIN_FILENO) == 1) {
    throw UsageError(fmt::format("standard input is a terminal; redirect it, or name a file{}", line_.see_help()));
  }
  struct stat status {};
  if (::fstat(STDIN_FILENO, &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::wrong_file, std::string(io::standard_input_name), "",
                "a directory, where a file is needed; to use a directory, give its path");
  }
  return std::string(io::standard_input_name);
}

std::vector<std::string> InputWords::files(std::vector<std::string> words) {
  for (std::string& word : words) word = file(word);
  return words;
}

namespace {

constexpr std::string_view standard_output_name = "/dev/stdout";

}  // namespace

std::string output_word(const std::string& word) { return word == "-" ? std::string(standard_output_name) : word; }

std::string shown_path(const std::string& path) {
  if (path == io::standard_input_name) return "standard input";
  return path == standard_output_name ? "standard output" : path;
}

}  // namespace minbtf::cli
