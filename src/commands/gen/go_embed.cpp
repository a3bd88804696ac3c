// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/go_embed.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

using namespace std::string_view_literals;

// Limits of the search: the rest of a deeper module or a larger package is not searched.
constexpr int max_levels = 8;
constexpr int max_entries = 1000;
constexpr int max_go_files = 64;
constexpr std::size_t max_go_bytes = std::size_t{256} << 10U;

constexpr auto directive = "//go:embed "sv;

/// Returns true if the pattern matches `inside`, a path relative to the package, or a path below it. Go matches each
/// part with path.Match, and a pattern that matches a directory takes all files in it (https://pkg.go.dev/embed).
bool takes(std::string_view pattern, const fs::path& inside) {
  if (inside == ".") return true;  // OUTPUT is the package's own directory
  const fs::path parts{std::string(pattern)};
  auto part = parts.begin();
  for (auto name = inside.begin(); name != inside.end() && part != parts.end(); ++name, ++part) {
    if (::fnmatch(part->c_str(), name->c_str(), 0) != 0) return false;
  }
  return true;
}

/// Returns the patterns of a directive, which are separated by blanks. Quotes are removed: patterns with blanks in Go
/// strings are not supported.
std::vector<std::string> patterns_of(const std::string& line) {
  std::vector<std::string> patterns;
  std::istringstream words(line.substr(directive.size()));
  for (std::string word; words >> word;) {
    std::erase_if(word, [](char c) { return c == '"' || c == '`'; });
    if (word.starts_with("all:")) word.erase(0, 4);
    if (!word.empty()) patterns.push_back(word);
  }
  return patterns;
}

bool embeds(const fs::path& go_file, const fs::path& inside) {
  std::ifstream file(go_file);
  std::string text(max_go_bytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(directive)) continue;
    const std::vector<std::string> patterns = patterns_of(line);
    if (std::ranges::any_of(patterns, [&](const std::string& pattern) { return takes(pattern, inside); })) return true;
  }
  return false;
}

std::vector<fs::path> go_files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  int entries = 0;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (++entries > max_entries || files.size() == max_go_files) break;
    std::error_code gone;
    if (entry->path().extension() == ".go" && entry->is_regular_file(gone)) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::optional<fs::path> embedding_go_file(const fs::path& output) {
  std::error_code error;
  const fs::path root = fs::canonical(output, error);
  if (error) return std::nullopt;
  fs::path directory = root;
  for (int level = 0; level < max_levels; ++level) {
    for (const fs::path& file : go_files_in(directory)) {
      if (embeds(file, root.lexically_relative(directory))) return file;
    }
    // A package cannot embed files outside of its module.
    if (fs::exists(directory / "go.mod", error) || directory == directory.parent_path()) break;
    directory = directory.parent_path();
  }
  return std::nullopt;
}

}  // namespace minbtf::cli
