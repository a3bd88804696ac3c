// Everything that a run will publish, complete on the disk under temporary names, so that publishing is a series of
// renames: each one is there or not, and none needs room for data or inodes.
//
// A directory that does not exist yet is prepared whole and appears with all that is in it. Making it first and filling
// it then would leave an empty one behind if the run is killed in between, and nothing would tell whose it is.
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

/// In the order in which things get their final names; OutputTree::publish() tells why.
enum class PublishStep : std::uint8_t { replaced_links, files, directories, links };

/// How a link is read before it is replaced: through so many links, itself included. Nothing can be read through one
/// that leads to more links than the system follows.
struct LinkDepth {
  std::size_t hops = 0;
  bool is_readable = true;
};

class StagedOutputs {
 public:
  /// The arguments have to live as long as this.
  StagedOutputs(const std::filesystem::path& root, std::int64_t time, const OutputDirectories& directories,
                DirectoryTimes& times);
  StagedOutputs(const StagedOutputs&) = delete;
  StagedOutputs& operator=(const StagedOutputs&) = delete;
  /// Removes what was not moved into place.
  ~StagedOutputs();

  /// A regular file at `path` in the tree, to appear at `step`, `files` or `replaced_links`. What is in a directory
  /// that is to be made appears with it. Throws Error (io).
  void add_file(PublishStep step, const std::string& path, std::span<const std::uint8_t> contents,
                LinkDepth depth = {});
  /// A symbolic link, to appear at PublishStep::links.
  void add_link(const std::string& path, const std::string& text);

  [[nodiscard]] bool empty() const noexcept;

  /// Throws Error (io).
  void move_into_place(PublishStep step);

 private:
  struct Item {
    std::string temporary;  ///< empty once it has been moved
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
  std::unordered_map<std::string, std::filesystem::path> new_directories_;  ///< where they are while they are prepared
};

}  // namespace minbtf::archive
