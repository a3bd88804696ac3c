// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/path_selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

bool fits(const std::string& pattern, const std::string& part) {
  return ::fnmatch(pattern.c_str(), part.c_str(), 0) == 0;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  const std::vector<std::string> wanted = parts_of(pattern);
  const std::vector<std::string> parts = parts_of(path);
  if (wanted.empty()) return false;
  if (pattern.find('/') == std::string_view::npos && wanted.front() != "**") {
    return std::ranges::any_of(parts, [&](const std::string& part) { return fits(wanted.front(), part); });
  }
  // reached[i]: the parts of the pattern so far match the first i parts of the path. The time is therefore the product
  // of both lengths, however many `**` the pattern has. Example: pattern `a/**/c`, path `a/b/c`. After `a`, only
  // reached[1] is set; after `**`, reached[1] to reached[3]; after `c`, only reached[3]. If the pattern matches fewer
  // parts than the path has, it matches a directory of the path.
  std::vector<bool> reached(parts.size() + 1, false);
  reached[0] = true;
  for (const std::string& want : wanted) {
    std::vector<bool> next(parts.size() + 1, false);
    for (std::size_t i = 0; i <= parts.size(); ++i) {
      if (want == "**") {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && fits(want, parts[i - 1]);
      }
    }
    reached = std::move(next);
  }
  return std::ranges::find(reached, true) != reached.end();
}

PathSelection::PathSelection(SelectionRules rules) : rules_(std::move(rules)) {}

bool PathSelection::takes(std::string_view path) const { return fits_globs(path) && fits_architecture(path); }

bool PathSelection::misses_i386(std::string_view path) const {
  if (std::ranges::find(rules_.architectures, "x86") == rules_.architectures.end()) return false;
  if (!fits_globs(path) || fits_architecture(path)) return false;
  const PathSelection i386({.architectures = {"i386"}, .input_architecture = rules_.input_architecture});
  return i386.takes(path);
}

bool PathSelection::fits_globs(std::string_view path) const {
  const std::string output = output_path(path);
  const auto fits_either = [&](const std::string& glob) {
    return matches_glob(glob, path) || matches_glob(glob, output);
  };
  if (!rules_.include.empty() && std::ranges::none_of(rules_.include, fits_either)) return false;
  return std::ranges::none_of(rules_.exclude, fits_either);
}

bool PathSelection::fits_architecture(std::string_view path) const {
  if (rules_.architectures.empty()) return true;
  bool has_architecture = false;
  for (const std::string& directory : parts_of(directory_of(path))) {
    const Architecture* const architecture = find_architecture(directory);
    has_architecture = has_architecture || architecture != nullptr;
    for (const std::string& word : rules_.architectures) {
      if (word == directory || (architecture != nullptr && architecture == find_architecture(word))) return true;
    }
  }
  if (has_architecture || rules_.input_architecture == nullptr) return false;
  return std::ranges::find(rules_.architectures, rules_.input_architecture, find_architecture) !=
         rules_.architectures.end();
}

std::string PathSelection::text() const {
  std::string text;
  const auto add = [&](char kind, const std::vector<std::string>& words) {
    for (const std::string& word : words) text += kind + std::to_string(word.size()) + ":" + word;
  };
  add('i', rules_.include);
  add('e', rules_.exclude);
  add('a', rules_.architectures);
  if (rules_.input_architecture != nullptr) add('d', {std::string(rules_.input_architecture->name)});
  return text;
}

}  // namespace minbtf::archive
