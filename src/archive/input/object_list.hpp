// The BPF objects on a command line: files, and directories of files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace minbtf::archive {

/// Selection of the objects in a directory: globs (matches_glob()) that are compared with the path of the object in the
/// directory.
struct ObjectSelection {
  std::vector<std::string> include{};  ///< at least one must match; an empty list selects all objects
  std::vector<std::string> exclude{};  ///< objects that match one of these are not selected
};

struct ObjectList {
  std::vector<std::filesystem::path> paths;
  std::size_t skipped = 0;             ///< `*.o` files in directories that are not BPF objects
  std::size_t unselected = 0;          ///< `*.o` files in directories that are not selected
  std::vector<std::string> unmatched;  ///< globs of ObjectSelection::include that match no `*.o` file in a directory
};

/// Returns the objects that the arguments name. A file is always taken, whatever its name. A directory means all BPF
/// objects in it and below it (`*.o` files of machine EM_BPF) in the order of their paths. Symbolic links to
/// directories are not followed. Throws Error: io, or wrong_file for a directory without a selected BPF object.
[[nodiscard]] ObjectList find_objects(const std::vector<std::string>& arguments, const ObjectSelection& selection = {});

}  // namespace minbtf::archive
