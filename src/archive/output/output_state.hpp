// How far the outputs of a run are in the tree already.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/output/directories.hpp"
#include "archive/output/output_tree.hpp"

namespace minbtf::archive {

// What lies in the output tree, whoever put it there.

/// Paths relative to the tree, sorted. Only directories that are reached without following a link are looked at.
struct TreeScan {
  std::vector<std::string> leftovers;   ///< whatever is called as unfinished files are; what is in such is not listed
  std::vector<std::string> links;       ///< symbolic links, leftovers aside
  std::vector<std::string> btf_files;   ///< files and links called `*.btf`, nothing on the path beginning with a dot
  std::vector<std::string> unreadable;  ///< directories that could not be listed
};

[[nodiscard]] TreeScan scan_tree(const std::filesystem::path& root);

enum class OutputState {
  absent,
  right,             ///< to the last bit
  wrong_attributes,  ///< mode or time, which can be set without anybody else noticing
  other_file,        ///< a file that is to be replaced
  other_link,        ///< a symbolic link that is to be replaced
};

/// What the symbolic link says that this output is to be; empty for one that is to be a regular file.
[[nodiscard]] std::string wanted_link(const std::vector<Output>& outputs, const Output& output);

/// Throws Error (io) where something is in the way that is neither a file nor a link, and on interruption.
[[nodiscard]] std::vector<OutputState> look_at_outputs(const std::filesystem::path& root,
                                                       const std::vector<Output>& outputs,
                                                       const OutputDirectories& directories, std::int64_t time);

/// Throws Error (io) if an interrupting signal waits: what was begun is undone on the way out, and at the end of the
/// block the signal ends the program.
void stop_if_interrupted(const std::filesystem::path& root);

}  // namespace minbtf::archive
