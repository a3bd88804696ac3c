// SPDX-License-Identifier: BSD-2-Clause
// Files, directories and symbolic links, as names only: finds every path that leads to a file, as the file system
// would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

/// A path that leads to a file, directly or through links.
struct LinkedFile {
  std::string path;
  std::size_t file = 0;  ///< the number given to LinkTree::add_file()
};

/// What is at a path of a LinkTree: one of the two.
struct LinkEntry {
  std::optional<std::size_t> file;    ///< the number given to LinkTree::add_file()
  std::optional<std::string> target;  ///< the text of a link
};

struct LinkFault {
  std::string path;  ///< of the link, as reached from the root
  std::string reason;
};

struct LinkedFiles {
  std::vector<LinkedFile> files;  ///< sorted by path, each path once
  std::vector<LinkFault> faults;  ///< links that leave the tree, loop or dangle; sorted by path
};

/// Limits for LinkTree::files(). Links can give a few files more paths, and longer ones, than memory has room for.
struct LinkLimits {
  std::size_t paths = 0;  ///< files, directories and links, links followed
  /// All paths, and all parts of targets that are followed. To each path 16 bytes are added, to each part of a target
  /// 32 bytes: the limit also bounds the time.
  std::uint64_t path_bytes = 0;
};

class LinkTree {
 public:
  LinkTree();
  LinkTree(LinkTree&&) noexcept;
  LinkTree& operator=(LinkTree&&) noexcept;
  ~LinkTree();

  // Each `path` is clean and relative (is_clean_path()). A path that is added again replaces the earlier one, as tar
  // does when it extracts.
  void add_directory(std::string_view path);
  void add_file(std::string_view path, std::size_t file);
  /// Adds a symbolic link. `target` is the text of the link: relative to the directory of the link.
  void add_link(std::string_view path, std::string target);

  /// Returns the file or link that was added at `path`; nothing if there is none. Links on the way are not followed.
  [[nodiscard]] std::optional<LinkEntry> find(std::string_view path) const;

  /// Returns true if something was added below `path`. Links are not followed.
  [[nodiscard]] bool is_directory(std::string_view path) const;
  /// Returns the first directory of `path` that was added as a file or link; empty if there is none.
  [[nodiscard]] std::string_view entry_above(std::string_view path) const;

  /// Returns every path that leads to a file. A link is a fault
  ///  - if its target is absolute, or has more `..` than there are directories above it;
  ///  - if its target does not exist;
  ///  - if it leads to a directory that contains the link, or over more than 40 links.
  /// Throws Error (unsupported) that names `input` and the path that is over a limit.
  [[nodiscard]] LinkedFiles files(const LinkLimits& limits, const std::string& input) const;

  /// Returns the size of the tree in memory, in bytes: an estimate of at least half.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  struct Node;
  Node& make(std::string_view path);
  [[nodiscard]] const Node* node_at(std::string_view path) const;  ///< null if there is none

  std::unique_ptr<Node> root_;
  std::uint64_t bytes_ = 0;  ///< of all nodes that were ever made
};

}  // namespace minbtf::archive
