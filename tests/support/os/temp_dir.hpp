// SPDX-License-Identifier: BSD-2-Clause
// A directory for one test, removed after it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::test {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Returns the path of a file in the directory, as a string for command lines.
  [[nodiscard]] std::string file(std::string_view name) const;
  /// Writes a file and returns its path.
  [[nodiscard]] std::string write(std::string_view name, std::string_view contents) const;
  [[nodiscard]] std::string write(std::string_view name, std::span<const std::uint8_t> contents) const;
  /// Names of everything in the directory, sorted, including hidden files.
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  std::filesystem::path path_;
};

/// Returns the contents of a file. Throws std::runtime_error if the file cannot be opened.
[[nodiscard]] std::string contents_of(const std::filesystem::path& path);

}  // namespace minbtf::test
