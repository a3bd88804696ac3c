// The files of a tree of reduced BTF, by the kernels that they stand for.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/input/source_tree.hpp"
#include "archive/unpack/unpack.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

/// Any number of threads may use one tree.
class ReducedTree {
 public:
  /// Looks at names only. Links are followed. Throws Error as archive::find_sources() does.
  ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits);
  /// One file that stands for whatever kernel there is. It is not looked at.
  [[nodiscard]] static ReducedTree of_file(const std::filesystem::path& file);

  /// The file for the kernel whose output path (archive::output_path()) is `path`: called so, or packed (`.xz`,
  /// `.tar.xz`, ...). Null if there is none.
  [[nodiscard]] const std::string* find(const std::string& path) const;
  /// Where that file is or would be.
  [[nodiscard]] std::filesystem::path location(const std::string& path) const;
  /// Where find() finds none: what stands where the file should be or bars the way to it, such as a link to nothing or
  /// a directory that cannot be read. Nothing if it just is not there.
  [[nodiscard]] std::optional<Error> obstacle(const std::string& path) const;
  /// Those called as kernels, by output path.
  [[nodiscard]] std::vector<std::string> kernels() const;
  /// What could not be looked at.
  [[nodiscard]] const std::vector<archive::SourceFault>& faults() const noexcept { return faults_; }
  /// Files of which another is taken: "PATH: REASON".
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  ReducedTree() = default;

  std::optional<std::string> file_;  ///< if it is one
  std::filesystem::path directory_;
  std::map<std::string, std::string> files_;  ///< by output path: path in the tree
  std::vector<archive::SourceFault> faults_;
  std::map<std::string, Error, std::less<>> barred_;  ///< faults_ by path, and by output path
  std::vector<std::string> warnings_;
};

}  // namespace minbtf::cli
