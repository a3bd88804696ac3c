// SPDX-License-Identifier: BSD-2-Clause
// The directories of the output tree: which ones the outputs need, and their modification times.
#pragma once

#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/output/output_tree.hpp"
#include "io/file_lock.hpp"
#include "io/read/file_descriptor.hpp"

namespace minbtf::archive {

// The root of the output tree: checks, creation and lock.

/// Checks that `root` is a directory that can be written to, or that it can be created. Changes nothing. Throws Error
/// (io).
void check_root(const std::filesystem::path& root);

/// The directories that make() created. The destructor removes them if they are empty, unless keep() was called.
class MadeDirectories {
 public:
  MadeDirectories() = default;
  MadeDirectories(const MadeDirectories&) = delete;
  MadeDirectories& operator=(const MadeDirectories&) = delete;
  ~MadeDirectories();

  /// Creates `path` and its missing parent directories with mode 0755. Throws Error (io).
  void make(const std::filesystem::path& path);
  void keep() noexcept { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;
};

/// Opens and locks `root` (io::lock_exclusively()); the lock lives as long as the descriptor. Returns nothing if an
/// interrupting signal arrived during the wait for another run. Returns a descriptor that is not open if `root` no
/// longer exists. Throws Error (io).
[[nodiscard]] std::optional<io::FileDescriptor> lock_root(const std::filesystem::path& root, const io::OnWait& on_wait);

/// Returns true if `root` still names the directory behind `fd`.
[[nodiscard]] bool is_same_directory(int fd, const std::filesystem::path& root) noexcept;

using PathSet = std::set<std::string, std::less<>>;

/// Directories of the outputs, relative to the tree. The root of the tree is the empty path.
struct OutputDirectories {
  PathSet all;      ///< directories with outputs, and all their parents
  PathSet missing;  ///< directories of `all` that do not exist yet
};

/// Returns the directories that `outputs` need. Throws Error (io) if a file or a symbolic link is at the path of a
/// directory: through a link, two outputs could be the same file. Also throws Error (io) if a path has a temporary
/// name, or if one output is a directory of another. Throws Error (internal) for outputs that break the rules of
/// OutputTree::publish().
[[nodiscard]] OutputDirectories check_directories(const std::filesystem::path& root,
                                                  const std::vector<Output>& outputs);

/// Finds out which directories are reached without following a link. Each directory is checked on disk only once.
class RealDirectories {
 public:
  explicit RealDirectories(std::filesystem::path root) : root_(std::move(root)) {}
  /// Returns true if `directory` and all directories above it, up to the root, are directories and no links.
  [[nodiscard]] bool contains(std::string_view directory);

 private:
  std::filesystem::path root_;
  std::unordered_map<std::string, bool> known_;
};

/// The modification times of directories in which files are created and removed. The destructor restores the noted
/// times, as far as the system permits, unless keep() was called.
class DirectoryTimes {
 public:
  explicit DirectoryTimes(std::filesystem::path root) : root_(std::move(root)) {}
  DirectoryTimes(const DirectoryTimes&) = delete;
  DirectoryTimes& operator=(const DirectoryTimes&) = delete;
  ~DirectoryTimes();

  /// Remembers the time of `directory`. Must be called before a file in `directory` is created, renamed or removed.
  void note(std::string_view directory);
  void keep() noexcept { kept_ = true; }
  /// Sets the modification time of `directories` and of all noted directories that still exist. Returns a warning for
  /// each directory whose time the system does not permit to set, because it belongs to another user. Throws Error
  /// (io).
  [[nodiscard]] std::vector<std::string> set(const PathSet& directories, std::int64_t time) const;

 private:
  std::filesystem::path root_;
  std::map<std::string, timespec, std::less<>> before_;
  bool kept_ = false;
};

}  // namespace minbtf::archive
