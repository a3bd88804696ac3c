#include "cli/standard_streams.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "io/input_file.hpp"

namespace minbtf::cli {

std::string InputWords::file(const std::string& word) {
  if (word != "-" && word != io::standard_input_name) return word;
  if (has_stdin_) throw UsageError(fmt::format("stdin can be read only once{}", line_.see_help()));
  has_stdin_ = true;
  if (::isatty(STDIN_FILENO) == 1) {
    throw UsageError(fmt::format("{} is a terminal; redirect stdin, or name a file{}", word, line_.see_help()));
  }
  return std::string(io::standard_input_name);
}

std::vector<std::string> InputWords::files(std::vector<std::string> words) {
  for (std::string& word : words) word = file(word);
  return words;
}

std::string output_word(const std::string& word) { return word == "-" ? "/dev/stdout" : word; }

}  // namespace minbtf::cli
