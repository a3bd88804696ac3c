// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/kernel_release.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Returns true for texts such as `6.1`, `5.4.0-42-generic`.
bool is_release(std::string_view text) {
  const auto dot = std::ranges::find_if_not(text, is_digit);
  if (dot == text.begin() || dot == text.end() || *dot != '.') return false;
  return dot + 1 != text.end() && is_digit(*(dot + 1));
}

std::string_view release_in_name(std::string_view path, std::string& memory) {
  if (!is_kernel_name(path)) return {};
  memory = output_path(file_name_of(path));  // ends in .btf
  std::string_view name = memory;
  constexpr std::string_view suffix = ".btf";
  constexpr std::string_view beginning = "vmlinux-";
  name.remove_suffix(suffix.size());
  if (name.starts_with(beginning)) name.remove_prefix(beginning.size());
  return is_release(name) ? name : std::string_view();
}

}  // namespace

std::string release_of_kernel(std::string_view path) {
  std::string memory;
  if (const std::string_view name = release_in_name(path, memory); !name.empty()) return std::string(name);
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(path, error);
  if (error) return {};
  if (whole.parent_path() == "/sys/kernel/btf") {
    struct utsname system {};
    return ::uname(&system) == 0 ? system.release : "";
  }
  const std::string directory = whole.parent_path().filename().string();
  return is_release(directory) ? directory : "";
}

bool may_be_release(std::string_view release, std::string_view exact) {
  if (release == exact) return true;
  if (!exact.starts_with(release)) return false;
  const char next = exact[release.size()];
  return next == '.' || next == '-' || next == '+' || next == '_';
}

}  // namespace minbtf::archive
