// SPDX-License-Identifier: BSD-2-Clause
#include "manual/roff.hpp"

#include <algorithm>
#include <cctype>

namespace minbtf::manual {

namespace {

constexpr std::size_t line_length = 78;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_option(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; }

/// Returns the first characters of `text` for which `belongs` holds.
std::string_view start_of(std::string_view text, bool (*belongs)(char)) {
  return text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin()));
}

std::string in_font(char font, std::string_view text) {
  return std::string("\\f") + font + roff_escaped(text) + "\\fR";
}

/// Returns the option at the start of `text`: "--fail-on", "-o"; empty if there is none.
std::string_view option_at(std::string_view text) {
  const std::string_view option = start_of(text, is_option);
  const std::size_t name = std::min(option.find_first_not_of('-'), option.size());
  if (name == 0 || name > 2 || name == option.size()) return {};
  return name == 1 && option.size() != 2 ? std::string_view() : option;
}

}  // namespace

std::string roff_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '"':
        escaped += "\\(dq";
        break;
      case '`':
        escaped += "\\(ga";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string roff_prose(std::string_view text, const std::set<std::string>& placeholders) {
  std::string prose;
  char before = ' ';
  while (!text.empty()) {
    std::string_view part = text.substr(0, 1);
    const bool begins = !is_word(before) && before != '-';
    if (const std::string_view option = option_at(text); begins && !option.empty()) {
      part = option;
      prose += in_font('B', part);
    } else if (const std::string_view word = start_of(text, is_word); begins && !word.empty()) {
      part = word;
      // "OBJECTs" is the plural of a placeholder.
      const std::string name(start_of(word, is_capital));
      const std::string_view rest = word.substr(name.size());
      const bool is_placeholder = placeholders.contains(name) && (rest.empty() || rest == "s");
      prose += is_placeholder ? in_font('I', name) + std::string(rest) : roff_escaped(word);
    } else {
      prose += roff_escaped(part);
    }
    before = part.back();
    text.remove_prefix(part.size());
  }
  return prose;
}

std::string roff_command_line(std::string_view text) {
  const auto is_upright = [](char c) { return std::string_view(" []=:|").find(c) != std::string_view::npos; };
  std::string line;
  while (!text.empty()) {
    const bool is_dots = text.starts_with("...");
    const std::string_view capitals = start_of(text, is_capital);
    const std::string_view option = option_at(text);
    std::string_view part = is_dots ? text.substr(0, 3) : text.substr(0, 1);
    if (!option.empty()) {
      part = option;
      line += in_font('B', part);
    } else if (is_dots || is_upright(text.front())) {
      line += roff_escaped(part);
    } else if (!capitals.empty()) {
      part = capitals;
      line += in_font('I', part);
    } else {
      std::size_t end = 0;
      while (end < text.size() && !is_upright(text[end]) && !is_capital(text[end]) &&
             !text.substr(end).starts_with("...")) {
        ++end;
      }
      part = text.substr(0, end);
      line += in_font('B', part);
    }
    text.remove_prefix(part.size());
  }
  return line;
}

void Roff::macro(std::string_view line) {
  page_ += line;
  page_ += '\n';
}

void Roff::macro(std::string_view name, std::string_view argument) {
  macro(std::string(name) + " \"" + roff_escaped(argument) + "\"");
}

void Roff::text(std::string_view escaped) {
  std::string row;
  while (!escaped.empty()) {
    const std::size_t end = std::min(escaped.find(' '), escaped.size());
    if (!row.empty() && row.size() + 1 + end > line_length) {
      line(row);
      row.clear();
    }
    if (!row.empty()) row += ' ';
    row += escaped.substr(0, end);
    escaped.remove_prefix(std::min(end + 1, escaped.size()));
  }
  if (!row.empty()) line(row);
}

void Roff::line(std::string_view escaped) {
  if (escaped.starts_with('.') || escaped.starts_with('\'')) page_ += "\\&";
  page_ += escaped;
  page_ += '\n';
}

}  // namespace minbtf::manual
