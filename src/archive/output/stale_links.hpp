// Links in the output tree, followed one by one: whatever replaces a file changes what all links to it show.
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

/// What a link leads to by way of other links.
struct LinkChain {
  LinkDepth depth;
  /// All that is passed and lies in the tree, the end included, by its path there; in this order. It need not exist.
  std::vector<std::string> passed;
};

class LinkFollower {
 public:
  /// `root` exists.
  explicit LinkFollower(const std::filesystem::path& root);

  /// `link`: a path in the tree without links in its directories.
  [[nodiscard]] LinkChain follow(const std::string& link);

 private:
  /// Without links, where it exists; nothing for one that the system refuses to follow.
  const std::optional<std::filesystem::path>& real_directory(const std::filesystem::path& directory);
  [[nodiscard]] std::optional<std::string> path_in_tree(const std::filesystem::path& place) const;

  std::filesystem::path root_;  ///< absolute, without links
  std::unordered_map<std::string, std::optional<std::filesystem::path>> real_directories_;
};

/// Links in the tree that are no outputs (any more) but show what is now to become something else. One that an earlier
/// run with this time, or with time 0, made is staged as a regular file with what it shows; of others the result tells.
/// Throws Error (io).
[[nodiscard]] std::vector<std::string> stage_stale_links(const std::filesystem::path& root,
                                                         const std::vector<Output>& outputs, const TreeScan& scan,
                                                         std::int64_t time, LinkFollower& follower,
                                                         StagedOutputs& staged);

}  // namespace minbtf::archive
