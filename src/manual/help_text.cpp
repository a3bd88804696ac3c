// SPDX-License-Identifier: BSD-2-Clause
#include "manual/help_text.hpp"

#include <algorithm>
#include <regex>
#include <stdexcept>
#include <utility>

namespace minbtf::manual {

namespace {

std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

void append(std::string& text, std::string_view more) {
  if (!text.empty()) text += ' ';
  text += in_one_line(more);
}

/// Returns the parts of a text that empty lines separate.
std::vector<std::vector<std::string>> parts_of(std::string_view text) {
  std::vector<std::vector<std::string>> parts;
  bool begins = true;
  for (std::string& line : lines_of(text)) {
    if (line.empty()) {
      begins = true;
      continue;
    }
    if (begins) parts.emplace_back();
    begins = false;
    parts.back().push_back(std::move(line));
  }
  return parts;
}

/// Appends the blocks of one part.
void add_blocks(const std::vector<std::string>& lines, std::vector<Block>& blocks) {
  if (indent_of(lines.front()) == 2) {
    blocks.push_back({.kind = Block::Kind::definitions, .definitions = definitions_of(lines, 2, "  ")});
    return;
  }
  bool begins = true;
  for (const std::string& line : lines) {
    if (line.starts_with("- ")) {
      if (begins || blocks.back().kind != Block::Kind::items) blocks.push_back({.kind = Block::Kind::items});
      blocks.back().definitions.push_back({.term = "", .text = line.substr(2)});
    } else if (!begins && blocks.back().kind == Block::Kind::items) {
      append(blocks.back().definitions.back().text, line);
    } else {
      if (begins) blocks.emplace_back();
      append(blocks.back().text, line);
    }
    begins = false;
  }
}

/// Divides "0 done; 1 an input failed; 2 wrong usage. A note." Returns the note.
std::string add_exit_status(const std::string& text, std::vector<Definition>& statuses) {
  static const std::regex status("([0-9]+) ");
  std::size_t start = 0;
  while (start < text.size()) {
    // A status ends before "; " and the number of the next one, or at the end of the sentence.
    std::size_t end = text.find("; ", start);
    while (end != std::string::npos && !std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(end) + 2,
                                                          text.end(), status, std::regex_constants::match_continuous)) {
      end = text.find("; ", end + 1);
    }
    const std::size_t full_stop = end == std::string::npos ? text.find(". ", start) : std::string::npos;
    std::string one = text.substr(start, std::min({end, full_stop, text.size()}) - start);
    if (one.ends_with('.')) one.pop_back();
    const std::size_t blank = std::min(one.find(' '), one.size());
    statuses.push_back({.term = one.substr(0, blank), .text = in_one_line(one.substr(blank))});
    if (end == std::string::npos) return full_stop == std::string::npos ? "" : text.substr(full_stop + 2);
    start = end + 2;
  }
  return "";
}

void add_part(const std::vector<std::string>& lines, bool is_before_options, HelpText& help) {
  constexpr std::string_view usage = "Usage: ";
  constexpr std::string_view exit_status = "Exit status: ";
  const std::string& first = lines.front();
  if (first.starts_with(usage)) {
    for (const std::string& line : lines) help.usage.push_back(line.substr(std::min(usage.size(), line.size())));
  } else if (first.starts_with(exit_status)) {
    std::string text;
    for (const std::string& line : lines) append(text, line);
    const std::string note = add_exit_status(text.substr(exit_status.size()), help.exit_status);
    if (!note.empty()) help.notes.push_back({.text = note});
  } else if (first == "Examples:" || first == "Example:") {
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) help.examples.push_back(in_one_line(*line));
  } else if (lines.size() > 1 && first.ends_with(':') && indent_of(lines[1]) == 2) {
    help.lists.push_back({.title = first.substr(0, first.size() - 1),
                          .definitions = definitions_of({lines.begin() + 1, lines.end()}, 2, "  ")});
  } else {
    add_blocks(lines, is_before_options ? help.description : help.notes);
  }
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string in_one_line(std::string_view text) {
  std::string line;
  bool is_between = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n') {
      is_between = true;
      continue;
    }
    if (is_between && !line.empty()) line += ' ';
    is_between = false;
    line += c;
  }
  return line;
}

std::vector<Definition> definitions_of(const std::vector<std::string>& lines, std::size_t indent,
                                       std::string_view end) {
  std::vector<Definition> definitions;
  for (const std::string& line : lines) {
    if (indent_of(line) > indent && !definitions.empty()) {
      append(definitions.back().text, line);
      continue;
    }
    const std::string_view entry = std::string_view(line).substr(indent_of(line));
    const std::size_t term = std::min(entry.find(end), entry.size());
    definitions.push_back({.term = std::string(entry.substr(0, term)),
                           .text = in_one_line(entry.substr(std::min(term + end.size(), entry.size())))});
  }
  return definitions;
}

HelpText parse_help_text(std::string_view text, std::string_view options) {
  const std::size_t place = options.empty() ? text.size() : text.find(options);
  if (place == std::string_view::npos) throw std::invalid_argument("the help text does not have the options");
  HelpText help;
  for (const auto& lines : parts_of(text.substr(0, place))) add_part(lines, true, help);
  for (const auto& lines : parts_of(text.substr(place + options.size()))) add_part(lines, false, help);
  if (help.usage.empty()) throw std::invalid_argument("the help text does not begin with 'Usage: '");
  return help;
}

}  // namespace minbtf::manual
