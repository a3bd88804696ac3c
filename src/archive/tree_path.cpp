// SPDX-License-Identifier: BSD-2-Clause
#include "archive/tree_path.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

constexpr std::array compressions = {".xz"sv, ".gz"sv, ".zst"sv, ".bz2"sv, ".lz4"sv};
constexpr std::array tars = {".tar"sv, ".txz"sv, ".tgz"sv, ".tzst"sv, ".tbz2"sv, ".tbz"sv};
/// Formats that this tool does not read.
constexpr std::array other_packages = {".zip"sv, ".7z"sv,   ".lzma"sv, ".lz"sv,  ".z"sv,  ".tlz"sv,
                                       ".tz"sv,  ".cpio"sv, ".deb"sv,  ".rpm"sv, ".apk"sv};
constexpr auto bundle_suffix = ".bundle"sv;
constexpr auto btf_suffix = ".btf"sv;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

bool drop_suffix(std::string_view& path, std::string_view suffix) {
  // A file name that consists of the suffix only, such as `.xz`, is kept.
  if (!path.ends_with(suffix) || file_name_of(path).size() == suffix.size()) return false;
  path.remove_suffix(suffix.size());
  return true;
}

std::string_view without_packing(std::string_view path) {
  const auto drop = [&](std::string_view suffix) { return drop_suffix(path, suffix); };
  std::ranges::any_of(compressions, drop);
  std::ranges::any_of(tars, drop);
  return path;
}

/// Returns true for `vmlinux` and `vmlinux-6.1.0`.
bool is_vmlinux_name(std::string_view name) {
  if (name == "vmlinux") return true;
  constexpr auto beginning = "vmlinux-"sv;
  // A digit must follow: vmlinux-gdb.py is a script of the kernel's build directory.
  return name.starts_with(beginning) && name.size() > beginning.size() && name[beginning.size()] >= '0' &&
         name[beginning.size()] <= '9';
}

}  // namespace

std::string path_fault(std::string_view path) {
  if (path.starts_with('/')) return "an absolute path";
  const auto parts = parts_of(path);
  if (parts.empty()) return "an empty path";
  if (std::ranges::find(parts, "..") != parts.end()) return "a path with '..'";
  if (path.find('\0') != std::string_view::npos) return "a path with a zero byte";
  return {};
}

std::string cleaned_path(std::string_view path) {
  std::string result;
  for (const std::string_view part : parts_of(path)) {
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

bool is_clean_path(std::string_view path) { return path_fault(path).empty() && cleaned_path(path) == path; }

std::string_view directory_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view file_name_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::pair<std::string_view, std::string_view> split_first(std::string_view path) noexcept {
  const std::size_t slash = std::min(path.find('/'), path.size());
  return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
}

std::string joined_path(std::string_view directory, std::string_view path) {
  if (directory.empty() || path.empty()) return std::string(directory.empty() ? path : directory);
  return std::string(directory) + "/" + std::string(path);
}

std::string relative_link(std::string_view link, std::string_view target) {
  const auto from = parts_of(directory_of(link));
  const auto to = parts_of(target);
  const auto [from_rest, to_rest] = std::ranges::mismatch(from, to);
  std::string result;
  for (auto part = from_rest; part != from.end(); ++part) result += "../";
  for (auto part = to_rest; part != to.end(); ++part) {
    result += *part;
    if (part + 1 != to.end()) result += '/';
  }
  return result.empty() ? "." : result;
}

std::string output_path(std::string_view path) {
  std::string result(without_packing(path));
  if (!result.ends_with(btf_suffix)) result += btf_suffix;
  return result;
}

std::string output_path_of_directory(std::string_view path) {
  const std::string_view directory = directory_of(path);
  return directory.empty() ? output_path(path) : std::string(directory) + std::string(btf_suffix);
}

bool is_output_path(std::string_view path) { return path.ends_with(btf_suffix) && !is_hidden_path(path); }

bool is_hidden_path(std::string_view path) noexcept {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

bool is_named_by_tar(std::string_view member) {
  return member.find('/') == std::string_view::npos && !member.ends_with(btf_suffix);
}

bool is_packed_name(std::string_view path) { return without_packing(path) != path; }

bool promises_package(std::string_view path) {
  std::string name(file_name_of(path));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto ends = [&](std::string_view suffix) { return name.size() > suffix.size() && name.ends_with(suffix); };
  return std::ranges::any_of(compressions, ends) || std::ranges::any_of(tars, ends) ||
         std::ranges::any_of(other_packages, ends) || ends(bundle_suffix);
}

bool is_module_name(std::string_view path) {
  std::string_view bare = without_packing(path);
  drop_suffix(bare, btf_suffix);
  const std::string_view name = file_name_of(bare);
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  constexpr auto kernel = "vmlinux"sv;
  const auto is_same_letter = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const bool begins_as_kernel = std::ranges::equal(name.substr(0, kernel.size()), kernel, is_same_letter);
  return !name.empty() && std::ranges::all_of(name, is_word) && !begins_as_kernel;
}

bool is_kernel_name(std::string_view path) {
  const std::string_view name = file_name_of(without_packing(path));
  return name.ends_with(btf_suffix) || is_vmlinux_name(name);
}

}  // namespace minbtf::archive
