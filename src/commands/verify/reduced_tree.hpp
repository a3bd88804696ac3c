// SPDX-License-Identifier: BSD-2-Clause
// The files of a tree of reduced BTF (a directory or a tar), found by the output paths of kernels.
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

/// Limit for the distinct BTF in a tar, in bytes: it stays in memory until the last kernel is compared. A directory has
/// no such limit.
inline constexpr std::uint64_t max_tar_bytes = std::uint64_t{1} << 30U;

/// REDUCED of `verify`. Any number of threads may use the const members of one tree.
class ReducedTree {
 public:
  /// Lists the files of a directory by their names, and follows links. Reads no file. Throws Error as
  /// archive::find_sources() does.
  ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits);
  /// Returns a tree of one file, which is compared with every kernel. Does not read the file.
  [[nodiscard]] static ReducedTree of_file(const std::filesystem::path& file, const archive::UnpackLimits& limits);
  /// Does the same for an input of one kernel from standard input, which cannot be opened again. Keeps its BTF in
  /// memory. Throws Error if the input cannot be read.
  [[nodiscard]] static ReducedTree of_standard_input(archive::Input& input, const archive::UnpackLimits& limits);
  /// Reads all kernels of a tar, links in it followed, and keeps them in memory, equal ones once. `tar` has to be
  /// loaded. Throws Error for a tar that cannot be read, and for a tar with more than `max_tar_bytes` of distinct BTF.
  [[nodiscard]] static ReducedTree of_tar(archive::Input& tar, const archive::UnpackLimits& limits, std::size_t jobs);
  /// If the tree has exactly one kernel, compares it with every kernel, as of_file() does, and returns true.
  [[nodiscard]] bool take_only_kernel();

  /// Returns the files that may be for the kernel whose output path (archive::output_path()) is `path`: the file with
  /// that name, or with a suffix of compression or archives (`.xz`, `.tar.xz`, ...). In a tar, the file may also be
  /// below the one directory that contains all kernels, as `tar cf x.tar btfs` makes it. settle() decides between the
  /// two.
  [[nodiscard]] std::vector<std::string> candidates(const std::string& path) const;
  /// Decides whether the directory that contains all kernels of a tar is part of their output paths. It is if one of
  /// `paths`, the output paths of all kernels, is a path in the tar.
  void settle(const std::vector<std::string>& paths);

  // After settle().

  /// Returns the file for the kernel whose output path is `path`, or null.
  [[nodiscard]] const std::string* find(const std::string& path) const;
  /// Returns the path where that file is or should be. A member of a tar has the path TAR/MEMBER.
  [[nodiscard]] std::filesystem::path location(const std::string& path) const;
  /// If find() returns null: returns why the file cannot be reached, such as a dangling link or a directory that cannot
  /// be read. nullopt if the file does not exist.
  [[nodiscard]] std::optional<Error> obstacle(const std::string& path) const;
  /// Returns the output paths of all files that are named like kernels.
  [[nodiscard]] std::vector<std::string> kernels() const;
  /// Returns the output path for `file`: without the directory that settle() removed from the paths.
  [[nodiscard]] std::string without_top(const std::string& file) const;

  // Any time.

  /// Returns the path of `file`, which candidates() or find() returned.
  [[nodiscard]] std::filesystem::path place_of(const std::string& file) const { return directory_ / file; }
  /// Returns the raw and unchecked BTF of a file that candidates() returned. Valid until `memory` is used again. Throws
  /// Error as archive::read_kernel() does, and Error (wrong_file) for a file with several kernels.
  [[nodiscard]] std::span<const std::uint8_t> read(const std::string& file, archive::KernelMemory& memory) const;
  /// Returns the files and directories that could not be read.
  [[nodiscard]] const std::vector<archive::SourceFault>& faults() const noexcept { return faults_; }
  /// Returns "PATH: REASON" for each file that is ignored because another file is used for the same kernel.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  explicit ReducedTree(const archive::UnpackLimits& limits) : limits_(limits) {}

  /// Fills `barred_` from `faults_`.
  void bar();
  /// Returns the file with the output path `path`, or null.
  [[nodiscard]] const std::string* file_at(const std::string& path) const;
  [[nodiscard]] std::string with_top(const std::string& path) const;

  archive::UnpackLimits limits_;
  std::optional<std::string> file_;                                  ///< of_file(), take_only_kernel(): the one file
  std::filesystem::path directory_;                                  ///< path of the directory or tar
  std::map<std::string, std::string> files_;                         ///< by output path: path in the tree
  std::optional<std::map<std::string, archive::Content>> contents_;  ///< of_tar(): contents by path in the tar
  std::string top_;  ///< the directory that contains all kernels of a tar; empty if there is none
  std::vector<archive::SourceFault> faults_;
  std::map<std::string, Error, std::less<>> barred_;  ///< faults_ by path, and by output path
  std::vector<std::string> warnings_;
};

}  // namespace minbtf::cli
