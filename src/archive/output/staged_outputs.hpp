// SPDX-License-Identifier: BSD-2-Clause
// All new files, links and directories of a run, complete on the disk under temporary names. Publishing them is a
// series of renames. Each rename happens completely or not at all, and needs no space for data or inodes.
//
// A directory that does not exist yet is prepared under a temporary name and appears together with its files. If it
// were created first and filled later, a killed run could leave an empty directory that no later run recognises as its
// own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/output/directories.hpp"

namespace minbtf::archive {

/// The steps of publishing, in their order. OutputTree::publish() describes them.
enum class PublishStep : std::uint8_t { replaced_links, files, directories, links };

/// Number of links through which a path is read before it is replaced.
struct LinkDepth {
  std::size_t hops = 0;     ///< links on the way, the path's own link included
  bool is_readable = true;  ///< false if the chain has more links than the system follows
};

class StagedOutputs {
 public:
  /// The arguments must outlive this object.
  StagedOutputs(const std::filesystem::path& root, std::int64_t time, const OutputDirectories& directories,
                DirectoryTimes& times);
  StagedOutputs(const StagedOutputs&) = delete;
  StagedOutputs& operator=(const StagedOutputs&) = delete;
  /// Removes all files, links and directories that were not moved into place.
  ~StagedOutputs();

  /// Writes a regular file under a temporary name. The file appears at `path` in `step`, which is `files` or
  /// `replaced_links`. A file in a new directory appears together with the directory. Throws Error (io).
  void add_file(PublishStep step, const std::string& path, std::span<const std::uint8_t> contents,
                LinkDepth depth = {});
  /// Creates a symbolic link under a temporary name. The link appears at `path` in PublishStep::links, or together with
  /// its new directory. Throws Error (io).
  void add_link(const std::string& path, const std::string& text);

  [[nodiscard]] bool empty() const noexcept;

  /// Renames all items of `step` to their final names. Throws Error (io).
  void move_into_place(PublishStep step);

 private:
  struct Item {
    std::string temporary;  ///< empty after the rename
    std::string destination;
    LinkDepth depth;
  };

  [[nodiscard]] bool is_in_new_directory(const std::string& path) const;
  std::filesystem::path new_directory(std::string_view directory);
  template <typename Create>
  void add(PublishStep step, const std::string& path, LinkDepth depth, const Create& create);
  [[nodiscard]] std::vector<Item>& items(PublishStep step) { return items_[static_cast<std::size_t>(step)]; }

  const std::filesystem::path& root_;
  std::int64_t time_;
  const OutputDirectories& directories_;
  DirectoryTimes& times_;
  std::array<std::vector<Item>, 4> items_;
  std::unordered_map<std::string, std::filesystem::path> new_directories_;  ///< temporary paths of new directories
};

}  // namespace minbtf::archive
