#include "archive/input/path_selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

// Debian's name, the kernel's, uname's, and others that BTFHub or Go use.
const std::vector<std::vector<std::string>> known_architectures = {
    {"x86_64", "amd64", "x64"},
    {"arm64", "aarch64", "arm64v8"},
    {"x86", "i386", "i686", "386"},
    {"arm", "armhf", "armv7l"},
    {"ppc64le", "ppc64el", "powerpc64le"},
    {"riscv64", "riscv"},
    {"loongarch64", "loong64"},
    {"mips64el", "mips64le"},
};

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
  // reached[i]: the parts of the pattern so far can stand for the first i parts of the path.
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

std::vector<std::string> names_of_architecture(const std::string& name) {
  for (const auto& names : known_architectures) {
    if (std::ranges::find(names, name) != names.end()) return names;
  }
  return {name};
}

PathSelection::PathSelection(SelectionRules rules) : rules_(std::move(rules)) {
  for (const std::string& name : rules_.architectures) architecture_names_.push_back(names_of_architecture(name));
}

bool PathSelection::takes(std::string_view path) const {
  const std::string output = output_path(path);
  const auto fits_either = [&](const std::string& glob) {
    return matches_glob(glob, path) || matches_glob(glob, output);
  };
  if (!rules_.include.empty() && std::ranges::none_of(rules_.include, fits_either)) return false;
  if (std::ranges::any_of(rules_.exclude, fits_either)) return false;
  if (architecture_names_.empty()) return true;
  const std::vector<std::string> directories = parts_of(directory_of(path));
  return std::ranges::any_of(architecture_names_, [&](const std::vector<std::string>& names) {
    return std::ranges::find_first_of(directories, names) != directories.end();
  });
}

std::string PathSelection::text() const {
  std::string text;
  const auto add = [&](char kind, const std::vector<std::string>& words) {
    for (const std::string& word : words) text += kind + std::to_string(word.size()) + ":" + word;
  };
  add('i', rules_.include);
  add('e', rules_.exclude);
  add('a', rules_.architectures);
  return text;
}

}  // namespace minbtf::archive
