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

// The directory that outputs go to: whether it can be used, making it, and keeping other runs out of it.

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

/// `root`, opened, with a lock that lives as long as the descriptor, as io::lock_exclusively() has it: nothing if an
/// interrupting signal came while another run was waited for. Not open if `root` is gone. Throws Error (io).
[[nodiscard]] std::optional<io::FileDescriptor> lock_root(const std::filesystem::path& root, const io::OnWait& on_wait);

/// Whether `root` still is the directory behind `fd`.
[[nodiscard]] bool is_same_directory(int fd, const std::filesystem::path& root) noexcept;

using PathSet = std::set<std::string, std::less<>>;

/// Relative to the tree, which itself is the empty path.
struct OutputDirectories {
  PathSet all;      ///< that hold outputs, and all above them
  PathSet missing;  ///< those of them that are to be made
};

/// Throws Error (io) where something is in the way of a directory: a file, or a link, by which two outputs could be one
/// file; and Error (internal) for outputs that are not as OutputTree::publish() wants them.
[[nodiscard]] OutputDirectories check_directories(const std::filesystem::path& root,
                                                  const std::vector<Output>& outputs);

/// Tells directories that are reached without following a link, and asks the system once for each.
class RealDirectories {
 public:
  explicit RealDirectories(std::filesystem::path root) : root_(std::move(root)) {}
  [[nodiscard]] bool contains(std::string_view directory);

 private:
  std::filesystem::path root_;
  std::unordered_map<std::string, bool> known_;
};

/// The modification times of directories in which files come and go. Without keep() they are what they were, as far as
/// that can be had.
class DirectoryTimes {
 public:
  explicit DirectoryTimes(std::filesystem::path root) : root_(std::move(root)) {}
  DirectoryTimes(const DirectoryTimes&) = delete;
  DirectoryTimes& operator=(const DirectoryTimes&) = delete;
  ~DirectoryTimes();

  /// To be called before something in `directory` changes.
  void note(std::string_view directory);
  void keep() noexcept { kept_ = true; }
  /// Dates `directories` and all that were noted and are still there. Returns a warning for each that belongs to
  /// somebody else, who alone may do that. Throws Error (io).
  [[nodiscard]] std::vector<std::string> set(const PathSet& directories, std::int64_t time) const;

 private:
  std::filesystem::path root_;
  std::map<std::string, timespec, std::less<>> before_;
  bool kept_ = false;
};

}  // namespace minbtf::archive
