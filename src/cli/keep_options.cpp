// SPDX-License-Identifier: BSD-2-Clause
#include "cli/keep_options.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "base/short_text.hpp"
#include "base/sorted.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::cli {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1} << 20U;

/// Parses one keep. `place` is the file and the line that it is in, or empty. Throws UsageError.
Keep parse(const ParsedLine& line, std::string_view text, const std::string& place) {
  try {
    return Keep::parse(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--keep{}: '{}': {}{}", place, base::short_text(text), error.what(), line.see_help()));
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  text = text.substr(0, text.find('#'));
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void add_file(const ParsedLine& line, const std::string& file, std::vector<Keep>& keeps) {
  const std::vector<std::uint8_t> bytes = io::InputFile(file).read_all(max_file_bytes);
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view text = trimmed(rest.substr(0, end));
    if (!text.empty()) keeps.push_back(parse(line, text, fmt::format(" @{}, line {}", file, number)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

}  // namespace

OptionSpec keep_option(const char* help) { return {"keep", "KIND:NAME", help, true}; }

std::vector<Keep> keeps_of(const ParsedLine& line) {
  std::vector<Keep> keeps;
  for (const std::string& word : line.all("keep")) {
    if (word == "@") throw UsageError(fmt::format("--keep: '@' without the name of a file{}", line.see_help()));
    if (word.starts_with('@')) {
      add_file(line, word.substr(1), keeps);
    } else {
      keeps.push_back(parse(line, word, ""));
    }
  }
  base::sort_unique(keeps);
  return keeps;
}

std::vector<std::string> texts_of(const std::vector<Keep>& keeps) {
  std::vector<std::string> texts;
  for (const Keep& keep : keeps) texts.push_back(keep.text());
  return texts;
}

void warn_unmatched_keeps(const std::vector<Keep>& keeps, const std::vector<bool>& found, Reply& reply) {
  for (std::size_t i = 0; i < keeps.size(); ++i) {
    if (!found[i]) reply.warn(fmt::format("--keep={}: no kernel has it", base::short_text(keeps[i].text())));
  }
}

}  // namespace minbtf::cli
