// What lies in the output tree, whoever put it there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace minbtf::archive {

/// Paths relative to the tree, sorted. Only directories that are reached without following a link are looked at.
struct TreeScan {
  std::vector<std::string> leftovers;   ///< whatever is called as unfinished files are; what is in such is not listed
  std::vector<std::string> links;       ///< symbolic links, leftovers aside
  std::vector<std::string> btf_files;   ///< files and links called `*.btf`, nothing on the path beginning with a dot
  std::vector<std::string> unreadable;  ///< directories that could not be listed
};

[[nodiscard]] TreeScan scan_tree(const std::filesystem::path& root);

}  // namespace minbtf::archive
