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
  std::string path;      ///< relative to the input; empty if the input is this file
  std::string location;  ///< a path as text: std::filesystem::path takes several times the memory
  std::uint64_t bytes = 0;
};

struct SourceTree {
  std::vector<SourceFile> files;    ///< sorted by path, bytewise
  std::vector<SourceFault> faults;  ///< what could not be looked at
  std::size_t ignored = 0;          ///< hidden files, pipes, devices, dangling links
  std::size_t unselected = 0;
  std::size_t missed_i386 = 0;  ///< of them: PathSelection::misses_i386()
};

struct WalkOptions {
  bool follow_directory_links = true;
  std::size_t max_entries = 1'000'000;  ///< links can make a few directories many
  std::size_t max_path_bytes = 1024;
  std::filesystem::path left_out{};  ///< a directory that links are not followed to, such as that of the outputs
};

/// All regular files below `directory`, through links to files and directories; each path that leads to a directory
/// counts as one of its own, and only a link to a directory that it is in is not followed. Directories whose name
/// begins with a dot are left out. Files called `*.btf`, packed or not, are selected by their path; of others the
/// contents decide. Throws Error: io if `directory` cannot be read, unsupported over a limit.
[[nodiscard]] SourceTree find_sources(const std::filesystem::path& directory, const PathSelection& selection,
                                      const WalkOptions& options);

}  // namespace minbtf::archive
