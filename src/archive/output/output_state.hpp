// SPDX-License-Identifier: BSD-2-Clause
// The state of the output tree before a run publishes: its files, and which outputs are already right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/output/directories.hpp"
#include "archive/output/output_tree.hpp"

namespace minbtf::archive {

/// Files in the output tree, of any origin. Paths are relative to the tree and sorted. Links to directories are not
/// followed.
struct TreeScan {
  std::vector<std::string>
      leftovers;                   ///< files, links and directories with temporary names; their contents are not listed
  std::vector<std::string> links;  ///< symbolic links that are no leftovers
  std::vector<std::string> possible_outputs;  ///< regular files and links for which `can_be_output` is true
  std::vector<std::string> unreadable;        ///< directories that could not be listed
};

/// Lists the tree at `root`. Does not throw Error: directories that cannot be read are in TreeScan::unreadable.
[[nodiscard]] TreeScan scan_tree(const std::filesystem::path& root, const CanBeOutput& can_be_output);

/// State of one output in the tree.
enum class OutputState {
  absent,
  right,             ///< type, contents, mode and time are right
  wrong_attributes,  ///< only mode or time are wrong, and can be set: the file is the user's, with one name
  other_file,        ///< a file that must be replaced
  other_link,        ///< a symbolic link that must be replaced
};

/// Returns the text of the symbolic link that `output` will be; empty if `output` will be a regular file.
[[nodiscard]] std::string wanted_link(const std::vector<Output>& outputs, const Output& output);

/// Returns the state of each output. Throws Error (io) if the path of an output is neither a regular file nor a
/// symbolic link, or is a mounted file, which cannot be replaced. Throws Error (io) on interruption as well.
[[nodiscard]] std::vector<OutputState> look_at_outputs(const std::filesystem::path& root,
                                                       const std::vector<Output>& outputs,
                                                       const OutputDirectories& directories, std::int64_t time);

/// Throws Error (io) if an interrupting signal is pending. Destructors then undo the unfinished work. The signal ends
/// the program when the signals are unblocked (io::InterruptsBlocked).
void stop_if_interrupted(const std::filesystem::path& root);

}  // namespace minbtf::archive
