// SPDX-License-Identifier: BSD-2-Clause
// Links in the output tree that are no outputs of this run. If a file is replaced, all links to the file show the new
// contents; links of earlier runs must keep their contents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive/output/output_state.hpp"
#include "archive/output/output_tree.hpp"
#include "archive/output/staged_outputs.hpp"

namespace minbtf::archive {

/// The links and files through which a link is read.
struct LinkChain {
  LinkDepth depth;
  /// Paths in the tree that the link leads to: each further link of the chain, then the end, which need not exist.
  /// Paths outside the tree are left out.
  std::vector<std::string> passed;
};

class LinkFollower {
 public:
  /// `root` must exist. Throws Error (io).
  explicit LinkFollower(const std::filesystem::path& root);

  /// Follows the link at `link`, a path in the tree whose directories are no links.
  [[nodiscard]] LinkChain follow(const std::string& link);

 private:
  /// Returns `directory` with all links resolved, as far as the path exists. Returns nothing if the system refuses to
  /// resolve the path.
  const std::optional<std::filesystem::path>& real_directory(const std::filesystem::path& directory);
  /// Returns the path relative to the tree; nothing if `place` is not in the tree.
  [[nodiscard]] std::optional<std::string> path_in_tree(const std::filesystem::path& place) const;

  std::filesystem::path root_;  ///< absolute, without links
  std::unordered_map<std::string, std::optional<std::filesystem::path>> real_directories_;
};

/// Handles the links in the tree that are no outputs of this run and lead to an output whose contents change.
///  - A link that an earlier run created is staged as a regular file with its present contents. It is recognised by its
///    text, which is exactly the text that publish() writes, and by its time, which is `time` or 0.
///  - Any other link is not changed. The function returns a warning for it.
/// Throws Error (io).
[[nodiscard]] std::vector<std::string> stage_stale_links(const std::filesystem::path& root,
                                                         const std::vector<Output>& outputs, const TreeScan& scan,
                                                         std::int64_t time, LinkFollower& follower,
                                                         StagedOutputs& staged);

}  // namespace minbtf::archive
