// A directory for one test, gone after it.
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
  /// The path of a file in it, as a string for command lines.
  [[nodiscard]] std::string file(std::string_view name) const;
  /// Writes a file and returns its path.
  [[nodiscard]] std::string write(std::string_view name, std::string_view contents) const;
  [[nodiscard]] std::string write(std::string_view name, std::span<const std::uint8_t> contents) const;
  /// Names of everything in it, sorted; hidden files too.
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  std::filesystem::path path_;
};

/// Throws if the file cannot be read.
[[nodiscard]] std::string contents_of(const std::filesystem::path& path);

}  // namespace minbtf::test
