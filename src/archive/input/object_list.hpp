// SPDX-License-Identifier: BSD-2-Clause
// The BPF objects on a command line: files, and directories of files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/error.hpp"

namespace minbtf::archive {

/// Selection of the objects in a directory: globs (matches_glob()) that are compared with the path of the object in the
/// directory. A field `{bpfarch}` in a glob stands for the name of the kernel's architecture (Architecture::bpf_name):
/// the selection is then another one for each architecture.
struct ObjectSelection {
  std::vector<std::string> include{};  ///< at least one must match; an empty list selects all objects
  std::vector<std::string> exclude{};  ///< objects that match one of these are not selected
};

/// The architectures of the kernels that objects are used for.
struct ObjectArchitectures {
  /// By object: Architecture::bpf_name of these architectures, sorted.
  std::vector<std::vector<std::string_view>> of_objects{};
  /// By Architecture::bpf_name: why this architecture has no objects. The kernels of such an architecture are errors.
  std::map<std::string_view, Error> missing{};

  /// Returns true if the object is used for all architectures of bpf_architectures().
  [[nodiscard]] bool serves_all(std::size_t object) const;
};

struct ObjectList {
  std::vector<std::filesystem::path> paths;
  std::size_t skipped = 0;     ///< `*.o` files in directories that are not BPF objects
  std::size_t unselected = 0;  ///< `*.o` files in directories that are not selected, for any architecture
  /// Globs of ObjectSelection that match no `*.o` file in a directory.
  std::vector<std::string> unmatched_include;
  std::vector<std::string> unmatched_exclude;
  /// Nothing if no word has a field `{bpfarch}`: all objects are then used for all kernels.
  std::optional<ObjectArchitectures> architectures{};
};

/// Returns the objects that the arguments name. A file is always taken, whatever its name. A directory means all BPF
/// objects in it and below it (`*.o` files of machine EM_BPF) in the order of their paths. Symbolic links to
/// directories are not followed. Throws Error: io, or wrong_file for a directory without a selected BPF object.
///
/// If an argument or a glob has a field `{bpfarch}`, the objects of an architecture are those that the arguments and
/// globs would give with its name in place of the field, in the same order. An Error of one architecture is in
/// ObjectArchitectures::missing; it is thrown if no architecture has objects.
[[nodiscard]] ObjectList find_objects(const std::vector<std::string>& arguments, const ObjectSelection& selection = {});

}  // namespace minbtf::archive
