// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/architecture_field.hpp"

#include <cstddef>

namespace minbtf::archive {

namespace {

constexpr std::string_view field = "{bpfarch}";
constexpr std::string_view no_word_character = "[!0-9A-Za-z]";

bool is_word_character(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Returns true if an odd number of backslashes stands before `at`.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - backslashes - 1] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

/// Returns the position of the next field at or after `from`; npos if there is none.
std::size_t find_field(std::string_view text, std::size_t from) {
  std::size_t at = text.find(field, from);
  while (at != std::string_view::npos && is_escaped(text, at)) at = text.find(field, at + 1);
  return at;
}

/// Returns the texts that the part of a glob before a field becomes. Example: `a_*` becomes `a_` and `a_*[!0-9A-Za-z]`.
std::vector<std::string> parts_before(std::string_view part) {
  std::string_view rest = part;
  while (rest.ends_with('*') && !is_escaped(part, rest.size() - 1)) rest.remove_suffix(1);
  if (rest.size() < part.size()) {
    std::vector<std::string> parts = {std::string(rest) + "*" + std::string(no_word_character)};
    if (rest.empty() || !is_word_character(rest.back())) parts.emplace_back(rest);
    return parts;
  }
  if (rest.ends_with('?') && !is_escaped(part, rest.size() - 1)) {
    return {std::string(rest.substr(0, rest.size() - 1)) + std::string(no_word_character)};
  }
  return {std::string(rest)};
}

/// Returns the texts that the part of a glob after a field becomes, as parts_before() does.
std::vector<std::string> parts_after(std::string_view part) {
  const std::size_t stars = part.find_first_not_of('*');
  const std::string_view rest = stars == std::string_view::npos ? "" : part.substr(stars);
  if (rest.size() < part.size()) {
    std::vector<std::string> parts = {std::string(no_word_character) + "*" + std::string(rest)};
    if (rest.empty() || !is_word_character(rest.front())) parts.emplace_back(rest);
    return parts;
  }
  if (part.starts_with('?')) return {std::string(no_word_character) + std::string(part.substr(1))};
  return {std::string(part)};
}

void add_globs(const std::string& glob, std::size_t from, std::string_view name, std::vector<std::string>& globs) {
  const std::size_t at = find_field(glob, from);
  if (at == std::string::npos) {
    globs.push_back(glob);
    return;
  }
  for (const std::string& before : parts_before(std::string_view(glob).substr(0, at))) {
    for (const std::string& after : parts_after(std::string_view(glob).substr(at + field.size()))) {
      add_globs(before + std::string(name) + after, before.size() + name.size(), name, globs);
    }
  }
}

}  // namespace

bool has_architecture_field(std::string_view text) { return find_field(text, 0) != std::string_view::npos; }

std::string_view unknown_field(std::string_view text) {
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (end == std::string_view::npos) return {};
    if (text[end] != '}' || end == open + 1 || is_escaped(text, open)) continue;
    const std::string_view found = text.substr(open, end + 1 - open);
    if (found != field) return found;
  }
  return {};
}

std::string path_for_architecture(std::string_view path, std::string_view name) {
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = find_field(path, 0); at != std::string_view::npos; at = find_field(path, from)) {
    result += path.substr(from, at - from);
    result += name;
    from = at + field.size();
  }
  return result += path.substr(from);
}

std::vector<std::string> globs_for_architecture(std::string_view glob, std::string_view name) {
  std::vector<std::string> globs;
  add_globs(std::string(glob), 0, name, globs);
  return globs;
}

}  // namespace minbtf::archive
