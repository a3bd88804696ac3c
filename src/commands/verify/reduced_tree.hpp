// The files of a tree of reduced BTF, a directory or a tar, by the kernels that they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/input/input.hpp"
#include "archive/input/kernel_file.hpp"
#include "archive/input/source_tree.hpp"
#include "archive/unpack/unpack.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

/// Different BTFs of a tar are in memory until the last kernel is compared; a directory has no such limit.
inline constexpr std::uint64_t max_tar_bytes = std::uint64_t{1} << 30U;

/// Any number of threads may use one tree, but for settle().
class ReducedTree {
 public:
  /// Looks at names only. Links are followed. Throws Error as archive::find_sources() does.
  ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits);
  /// One file that stands for whatever kernel there is. It is not looked at.
  [[nodiscard]] static ReducedTree of_file(const std::filesystem::path& file, const archive::UnpackLimits& limits);
  /// Reads all kernels of a tar, links in it followed, and keeps them in memory, equal ones once. `tar` has been
  /// loaded. Throws Error for a tar that cannot be read, and for one of more than `max_tar_bytes`.
  [[nodiscard]] static ReducedTree of_tar(archive::Input& tar, const archive::UnpackLimits& limits, std::size_t jobs);
  /// If there is exactly one kernel, it stands for whatever kernel there is, as that of of_file(). Else false.
  [[nodiscard]] bool take_only_kernel();

  /// Files that may stand for the kernel whose output path (archive::output_path()) is `path`: called so, or packed
  /// (`.xz`, `.tar.xz`, ...). In a tar it may also be below the one directory that all its kernels are in, as in what
  /// `tar cf x.tar btfs` makes. Only settle() knows which is meant.
  [[nodiscard]] std::vector<std::string> candidates(const std::string& path) const;
  /// Leaves the directory off that all kernels of a tar are in, unless one of `paths`, which are the output paths of
  /// all kernels, is in the tar as it is.
  void settle(const std::vector<std::string>& paths);

  // After settle().

  /// The file for the kernel whose output path is `path`. Null if there is none.
  [[nodiscard]] const std::string* find(const std::string& path) const;
  /// Where that file is or would be; a member of a tar is called as in a directory with the name of the tar.
  [[nodiscard]] std::filesystem::path location(const std::string& path) const;
  /// Where find() finds none: what stands where the file should be or bars the way to it, such as a link to nothing or
  /// a directory that cannot be read. Nothing if it just is not there.
  [[nodiscard]] std::optional<Error> obstacle(const std::string& path) const;
  /// Those called as kernels, by output path.
  [[nodiscard]] std::vector<std::string> kernels() const;
  /// `file` as an output path has it: without the directory that settle() left off.
  [[nodiscard]] std::string without_top(const std::string& file) const;

  // Any time.

  /// Where `file`, one of candidates() or found by find(), is.
  [[nodiscard]] std::filesystem::path place_of(const std::string& file) const { return directory_ / file; }
  /// The raw and unchecked BTF of one of candidates(). Throws as archive::read_kernel() does; a file with several
  /// kernels is Error (wrong_file).
  [[nodiscard]] std::span<const std::uint8_t> read(const std::string& file, archive::KernelMemory& memory) const;
  /// What could not be looked at.
  [[nodiscard]] const std::vector<archive::SourceFault>& faults() const noexcept { return faults_; }
  /// Files of which another is taken: "PATH: REASON".
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  explicit ReducedTree(const archive::UnpackLimits& limits) : limits_(limits) {}

  /// Of what could not be looked at.
  void bar();
  /// The file that is found at `path` in the tree.
  [[nodiscard]] const std::string* file_at(const std::string& path) const;
  [[nodiscard]] std::string with_top(const std::string& path) const;

  archive::UnpackLimits limits_;
  std::optional<std::string> file_;                                  ///< if it is one
  std::filesystem::path directory_;                                  ///< or a tar
  std::map<std::string, std::string> files_;                         ///< by output path: path in the tree
  std::optional<std::map<std::string, archive::Content>> contents_;  ///< of a tar, by path in it
  std::string top_;  ///< directory of all kernels in a tar; may be empty
  std::vector<archive::SourceFault> faults_;
  std::map<std::string, Error, std::less<>> barred_;  ///< faults_ by path, and by output path
  std::vector<std::string> warnings_;
};

}  // namespace minbtf::cli
