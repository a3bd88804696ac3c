// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/alias_file.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/short_text.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

constexpr std::size_t max_lines = 1000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t start = text.find_first_not_of(blanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

bool has_wildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

/// Returns true for `"`, `'`, a backquote, and typographic quotes in UTF-8 (U+2018 to U+201F).
bool has_quote(std::string_view text) {
  constexpr std::string_view typographic = "\xe2\x80";
  if (text.find_first_of("\"'`") != std::string_view::npos) return true;
  for (std::size_t at = text.find(typographic); at != std::string_view::npos; at = text.find(typographic, at + 1)) {
    const std::string_view last = text.substr(at + typographic.size(), 1);
    if (!last.empty() && static_cast<unsigned char>(last[0]) >= 0x98 && static_cast<unsigned char>(last[0]) <= 0x9f)
      return true;
  }
  return false;
}

bool matches(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

/// Returns true for text with a control character other than a tab, such as a zero byte.
bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == '\x7f'; });
}

/// Returns ID and VERSION of `ID/VERSION`; nothing if the text is something else.
std::optional<Distribution> distribution_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return std::nullopt;
  if (text.find_first_of("/ \t=\"'\\", slash + 1) != std::string_view::npos) return std::nullopt;
  if (text.substr(0, slash).find_first_of(" \t=\"'\\") != std::string_view::npos) return std::nullopt;
  const Distribution result{.id = std::string(text.substr(0, slash)), .version = std::string(text.substr(slash + 1))};
  const auto is_dots = [](const std::string& word) { return word == "." || word == ".."; };
  if (is_dots(result.id) || is_dots(result.version)) return std::nullopt;
  return result;
}

}  // namespace

AliasFile::AliasFile(std::string_view text, std::string name) : name_(std::move(name)) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // editors put it before UTF-8
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    add_line(trimmed(line.substr(0, line.find('#'))), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  check_loops();
}

void AliasFile::fail(std::size_t line, const std::string& reason) const {
  throw Error(ErrorKind::damaged, name_, "line " + std::to_string(line), reason);
}

void AliasFile::add_line(std::string_view text, std::size_t number) {
  if (text.empty()) return;
  if (has_control(text)) fail(number, "a control character; a line is ID/VERSION = ID/VERSION");
  const std::size_t equal = text.find('=');
  const auto machine = distribution_of(trimmed(text.substr(0, equal)));
  const auto kernels =
      equal == std::string_view::npos ? std::nullopt : distribution_of(trimmed(text.substr(equal + 1)));
  if (has_quote(text)) {
    fail(number, "'" + base::short_text(text) + "' has quotes; ID/VERSION = ID/VERSION are written without quotes");
  }
  if (!machine || !kernels) {
    fail(number, "'" + base::short_text(text) + "' is not ID/VERSION = ID/VERSION");
  }
  if (lines_.size() == max_lines) fail(number, "more than " + std::to_string(max_lines) + " aliases");
  Line line{.number = number, .machine = *machine, .kernels = *kernels, .versions = {}};
  std::string_view version = line.machine.version;
  const std::string left = line.machine.id + "/" + line.machine.version;
  if (has_wildcard(line.machine.id)) fail(number, left + ": the ID before the '=' cannot have wildcards");
  if (version != "*" && version.ends_with(".*") && !has_wildcard(version.substr(0, version.size() - 2))) {
    line.versions = minor_versions(line.machine.id, version.substr(0, version.size() - 2));
    if (line.versions.empty()) fail(number, left + ": the minor versions are not known; write a line for each of them");
  } else if (version != "*") {
    if (has_wildcard(version)) fail(number, left + ": before the '=' only N.* and * are known");
    line.versions.emplace_back(version);
  }
  if (follows(line, line)) fail(number, left + " refers to itself");
  lines_.push_back(std::move(line));
}

bool AliasFile::fits(const Line& line, const Distribution& name) {
  return matches(line.kernels.id, name.id) && matches(line.kernels.version, name.version);
}

bool AliasFile::follows(const Line& line, const Line& other) {
  if (!matches(line.kernels.id, other.machine.id)) return false;
  if (!other.versions.empty()) {
    return std::ranges::any_of(other.versions,
                               [&](const std::string& version) { return matches(line.kernels.version, version); });
  }
  // `other` gives the versions that fit its right side.
  const std::string& ours = line.kernels.version;
  const std::string& theirs = other.kernels.version;
  return matches(ours, theirs) || matches(theirs, ours);
}

void AliasFile::check_loops() const {
  // Lines that follow only lines that are done are done. What remains has a loop.
  std::vector<const Line*> open;
  for (const Line& line : lines_) open.push_back(&line);
  for (bool changed = true; changed;) {
    const auto is_done = [&](const Line* line) {
      return std::ranges::none_of(open, [&](const Line* other) { return follows(*line, *other); });
    };
    std::vector<const Line*> rest;
    std::ranges::remove_copy_if(open, std::back_inserter(rest), is_done);
    changed = rest.size() != open.size();
    open = std::move(rest);
  }
  if (open.empty()) return;
  // Following the lines that remain leads into a loop.
  std::vector<const Line*> chain = {open.front()};
  while (std::ranges::count(chain, chain.back()) == 1) {
    chain.push_back(*std::ranges::find_if(open, [&](const Line* other) { return follows(*chain.back(), *other); }));
  }
  const auto start = std::ranges::find(chain, chain.back());
  std::string numbers;
  std::size_t first = chain.back()->number;
  for (auto each = start; each != chain.end() - 1; ++each) {
    numbers += (numbers.empty() ? "" : ", ") + std::to_string((*each)->number);
    first = std::min(first, (*each)->number);
  }
  fail(first, "the lines refer to each other in a loop: lines " + numbers);
}

std::vector<Distribution> AliasFile::aliases_of(const std::vector<Distribution>& names) {
  std::set<Distribution> all(names.begin(), names.end());
  std::vector<Distribution> added;
  std::vector<Distribution> open = names;
  // Without loops this ends after at most as many rounds as there are lines.
  while (!open.empty()) {
    std::vector<Distribution> next;
    for (const Distribution& name : open) {
      for (Line& line : lines_) {
        if (!fits(line, name)) continue;
        line.is_used = true;
        const std::vector<std::string> own = {name.version};
        for (const std::string& version : line.versions.empty() ? own : line.versions) {
          Distribution alias{.id = line.machine.id, .version = version};
          if (all.insert(alias).second) next.push_back(std::move(alias));
        }
      }
    }
    added.insert(added.end(), next.begin(), next.end());
    open = std::move(next);
  }
  std::ranges::sort(added);
  return added;
}

std::vector<std::string> AliasFile::unused() const {
  std::vector<std::string> lines;
  for (const Line& line : lines_) {
    if (line.is_used) continue;
    lines.push_back(name_ + ": line " + std::to_string(line.number) + ": REDUCED has no kernel of " + line.kernels.id +
                    "/" + line.kernels.version);
  }
  return lines;
}

}  // namespace minbtf::archive
