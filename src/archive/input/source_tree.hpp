// SPDX-License-Identifier: BSD-2-Clause
// The files of an input directory that may hold kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"

namespace minbtf::archive {

struct SourceFile {
  std::string path;      ///< relative to the input; empty if this file is the input
  std::string location;  ///< path for opening the file, as text: std::filesystem::path needs several times the memory
  std::uint64_t bytes = 0;
  bool is_selected = true;  ///< false only in SourceTree::unselected_files
  /// Modules of this kernel, from the same directory. The directory is then one kernel (join_kernel_directories()).
  std::vector<SourceFile> modules = {};
};

struct SourceTree {
  std::vector<SourceFile> files;       ///< sorted by path, bytewise
  std::vector<SourceFault> faults;     ///< paths that could not be read, sorted
  std::vector<std::string> ignored{};  ///< hidden files; pipes, devices and dangling links that are not faults
  std::size_t unselected = 0;          ///< files named like a kernel that are not selected
  /// Files that `unselected` counts, with WalkOptions::keeps_unselected.
  std::vector<SourceFile> unselected_files = {};
  std::size_t missed_i386 = 0;  ///< unselected files for which PathSelection::misses_i386() is true
};

struct WalkOptions {
  bool follow_directory_links = true;   ///< follow symbolic links to directories
  std::size_t max_entries = 1'000'000;  ///< limit of files and directories: links can multiply a few directories
  std::size_t max_path_bytes = 1024;    ///< limit of the length of SourceFile::path
  bool keeps_unselected = false;        ///< fill SourceTree::unselected_files
  std::filesystem::path left_out{};     ///< symbolic links to this directory (that of the outputs) are not followed
};

/// Finds all regular files below `directory`. The rules:
///  1. Symbolic links to files and directories are followed. A directory with several paths is searched once for each
///     path. A link to a directory that contains the link is not followed, because it is a loop.
///  2. Files and directories whose name begins with a dot are ignored. Only the files are counted.
///  3. A file that is named like a kernel (is_kernel_name()) is selected by its path. All other files are listed: their
///     contents show whether they hold kernels to select.
///  4. A path that is too long is a fault, and so is a directory that cannot be read. A selected path that is named
///     like a kernel is a fault if it is a dangling link, or is neither a regular file nor a directory.
/// Throws Error: io if `directory` cannot be read, unsupported if there are more than max_entries.
[[nodiscard]] SourceTree find_sources(const std::filesystem::path& directory, const PathSelection& selection,
                                      const WalkOptions& options);

}  // namespace minbtf::archive
