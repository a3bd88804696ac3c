// The directory that outputs go to: whether it can be used, making it, and keeping other runs out of it.
#pragma once

#include <filesystem>
#include <vector>

#include "io/file_descriptor.hpp"

namespace minbtf::archive {

/// Throws Error (io) if `root` is no directory that can be written to and cannot become one. Changes nothing.
void check_root(const std::filesystem::path& root);

/// Directories that did not exist before, removed again unless keep() was called.
class MadeDirectories {
 public:
  MadeDirectories() = default;
  MadeDirectories(const MadeDirectories&) = delete;
  MadeDirectories& operator=(const MadeDirectories&) = delete;
  ~MadeDirectories();

  /// Makes `path` and what is missing above it. Throws Error (io).
  void make(const std::filesystem::path& path);
  void keep() noexcept { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;
};

/// `root`, opened, with a lock that lives as long as the descriptor. Throws Error (io) if another run holds it. On file
/// systems that have no locks there is none.
[[nodiscard]] io::FileDescriptor lock_root(const std::filesystem::path& root);

/// Whether `root` still is the directory behind `fd`.
[[nodiscard]] bool is_same_directory(int fd, const std::filesystem::path& root) noexcept;

}  // namespace minbtf::archive
