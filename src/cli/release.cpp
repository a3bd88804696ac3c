// SPDX-License-Identifier: BSD-2-Clause
// Parses the names that `uname -r` prints, in several conventions:
//   5.4.0-42-generic  4.19.0-0.bpo.2-rt-amd64  5.3.18-150300.59.93-default    the flavour is at the end
//   4.18.0-147.5.1.el8_1.x86_64  4.14.123-111.109.amzn2.aarch64               the architecture is at the end
//   5.4.17-2011.0.7.el8uek.x86_64  5.14.0-427.13.1.el9_4.aarch64+64k          the flavour is in the version, or last
//   a12-5.10-2021-09-arm64                                                    Android: a line of kernels comes first
// and names of files with a prefix: vmlinux-6.1.0, vmlinuz-6.1.0, btf-6.1.0.
#include "cli/release.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "archive/input/architecture.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::cli {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

/// Returns true if `word` is the name of an architecture. A number is part of the version: "386" in 5.4.386.
bool is_architecture(std::string_view word) {
  return !word.empty() && is_letter(word.front()) && archive::find_architecture(word) != nullptr;
}

/// Returns true if `text` begins with two numbers separated by a dot, such as "5.4".
bool is_version(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at > 0 && at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]);
}

/// Returns true if `text` begins with a letter and is not a release candidate ("rc1"), which belongs to the version.
bool is_flavour(std::string_view text) noexcept {
  const bool is_candidate = text.starts_with("rc") && text.size() > 2 && is_digit(text[2]);
  return !text.empty() && is_letter(text.front()) && !is_candidate;
}

struct ReleaseWords {
  std::string_view version;
  std::string_view flavour;
};

/// Splits VERSION.ARCH or VERSION.ARCH+FLAVOUR. Both words are empty if `name` has no architecture.
ReleaseWords split_at_architecture(std::string_view name) {
  const std::size_t plus = std::min(name.rfind('+'), name.size());
  for (const std::size_t end : {name.size(), plus}) {
    const std::string_view text = name.substr(0, end);
    const std::size_t dot = text.rfind('.');
    if (dot == std::string_view::npos || !is_architecture(text.substr(dot + 1))) continue;
    return {.version = text.substr(0, dot), .flavour = name.substr(std::min(end + 1, name.size()))};
  }
  return {};
}

/// Returns the flavour in a part of a version between dots: "uek" for "el8uek", "rt" for "rt9". Empty if there is no
/// flavour in it.
std::string_view flavour_in(std::string_view part) noexcept {
  if (part.starts_with("rt") && part.size() > 2 && is_digit(part[2])) return part.substr(0, 2);
  if (!part.starts_with("el")) return {};
  const std::size_t last_digit = part.find_last_of("0123456789");
  return last_digit == std::string_view::npos ? std::string_view() : part.substr(last_digit + 1);
}

/// Splits VERSION-FLAVOUR. The flavour begins with the first word after the version that begins with a letter.
ReleaseWords split_at_flavour(std::string_view name) {
  bool in_version = false;
  std::size_t at = 0;
  for (const std::string_view word : split(name, '-')) {
    if (in_version && is_flavour(word)) return {.version = name.substr(0, at - 1), .flavour = name.substr(at)};
    in_version = in_version || is_version(word);
    at += word.size() + 1;
  }
  return {.version = in_version ? name : std::string_view(), .flavour = {}};
}

/// Removes a prefix that says only that the file is a kernel.
std::string_view without_kind(std::string_view name) noexcept {
  for (const std::string_view kind : {"vmlinux-", "vmlinuz-", "btf-"}) {
    if (name.starts_with(kind)) return name.substr(kind.size());
  }
  return name;
}

/// Returns the words before the first word that is a version: "a12" for "a12-5.10-2021-09".
std::string_view words_before_version(std::string_view text) {
  std::size_t at = 0;
  for (const std::string_view word : split(text, '-')) {
    if (is_version(word)) return text.substr(0, at == 0 ? 0 : at - 1);
    at += word.size() + 1;
  }
  return {};
}

/// Removes leading separators and the run of digits or letters after them from `text`, and returns that run. Returns an
/// empty text at the end.
std::string_view take_part(std::string_view& text) noexcept {
  std::size_t start = 0;
  while (start < text.size() && !is_digit(text[start]) && !is_letter(text[start])) ++start;
  std::size_t end = start;
  while (end < text.size() && (is_digit(text[start]) ? is_digit(text[end]) : is_letter(text[end]))) ++end;
  const std::string_view part = text.substr(start, end - start);
  text.remove_prefix(end);
  return part;
}

/// Rank of a part in a comparison of versions: release candidates, the end of the version, letters, numbers.
int rank_of(std::string_view part) noexcept {
  if (part.empty()) return 1;
  if (is_digit(part.front())) return 3;
  return part == "rc" ? 0 : 2;
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) noexcept {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) noexcept {
  while (true) {
    const std::string_view ours = take_part(a);
    const std::string_view theirs = take_part(b);
    if (const auto order = rank_of(ours) <=> rank_of(theirs); order != 0) return order;
    if (ours.empty()) return std::strong_ordering::equal;
    const auto order = is_digit(ours.front()) ? compare_numbers(ours, theirs) : ours <=> theirs;
    if (order != 0) return order;
  }
}

Release parse_release(std::string_view path) {
  std::string_view name = archive::file_name_of(path);
  if (name.ends_with(".btf")) name.remove_suffix(4);
  const std::string_view release = without_kind(name);
  ReleaseWords words = split_at_architecture(release);
  if (words.version.empty()) words = split_at_flavour(release);
  const auto parts = split(words.version, '-');
  if (std::ranges::none_of(parts, is_version)) words = {};
  for (const std::string_view part : split(words.version, '.')) {
    if (words.flavour.empty()) words.flavour = flavour_in(part);
  }
  return {.directory = std::string(archive::directory_of(path)),
          .line = std::string(words_before_version(words.version)),
          .flavour = std::string(words.flavour),
          .version = std::string(words.version),
          .name = std::string(name)};
}

bool comes_before(const Release& a, const Release& b) noexcept {
  const auto series = [](const Release& release) { return std::tie(release.directory, release.line, release.flavour); };
  if (a.directory != b.directory || a.version.empty() != b.version.empty()) {
    return std::tuple(std::string_view(a.directory), a.version.empty()) <
           std::tuple(std::string_view(b.directory), b.version.empty());
  }
  if (a.version.empty()) return a.name < b.name;
  if (series(a) != series(b)) return series(a) < series(b);
  const auto order = compare_versions(a.version, b.version);
  // Names of equal versions, such as 6.1.0 and 6.1.00.
  return order != 0 ? order < 0 : a.name < b.name;
}

std::string text_of(const Release& release) {
  if (release.version.empty()) return release.name;
  const bool says_it = release.flavour.empty() || release.version.find(release.flavour) != std::string::npos;
  return says_it ? release.version : release.version + " " + release.flavour;
}

}  // namespace minbtf::cli
