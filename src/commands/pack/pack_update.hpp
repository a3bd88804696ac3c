// SPDX-License-Identifier: BSD-2-Clause
// Adds files to a pack that is there, and replaces and removes files of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/unpack/unpack.hpp"
#include "pack/catalog.hpp"
#include "pack/pack_writer.hpp"
#include "pack/stored_pack.hpp"

namespace minbtf::cli {

/// A file of an INPUT that has kernels.
struct AddedSource {
  pack::PackedSource packed;  ///< with the numbers of kernels that the writer has
  std::string name;           ///< for messages
};

/// The files of all INPUTs, by path.
struct AddedFiles {
  std::map<std::string, AddedSource> sources{};
  std::map<std::string, pack::OtherFile> others{};  ///< without kernels
  /// Files that PACK has with the same contents: the names for messages.
  std::map<std::string, std::string> known{};

  /// Adds a file without kernels. Two INPUTs can have different files with one path. Their order does not matter.
  void add_other(pack::OtherFile other);
};

struct UpdateOptions {
  bool replaces = false;               ///< a path with other contents is replaced
  std::vector<std::string> removed{};  ///< globs of the sources to remove, as those of --include
  bool rebuilds = false;               ///< make the pack canonical
};

/// Numbers of files: sources of the pack.
struct UpdateFigures {
  std::size_t added = 0;     ///< with a new path
  std::size_t replaced = 0;  ///< also by more members of the same tar
  std::size_t already_there = 0;
  std::size_t removed = 0;
};

struct UpdatedPack {
  std::vector<std::uint8_t> bytes{};  ///< empty if nothing changes
  UpdateFigures figures{};
  std::vector<std::string> unmatched{};        ///< globs that match no source
  std::vector<archive::SourceFault> faults{};  ///< paths that the pack has with other contents
};

/// Returns the source of a catalog with this path; null if there is none, or no catalog.
[[nodiscard]] const pack::PackedSource* find_source(const pack::Catalog* catalog, const std::string& path);
/// Returns true if the pack was made of one tar and does not have its name: the paths are those in the tar.
[[nodiscard]] bool is_of_one_tar(const pack::Catalog& catalog);
/// Returns the problem of a file whose path another one has, which is called `other` in messages.
[[nodiscard]] archive::Problem conflict_with(const std::string& path, const std::string& other);

/// Returns `old` with the files of INPUTs. `before` is the catalog that PACK had when they were read; null if there was
/// no PACK. `writer` has their kernels, and must not be used afterwards. Throws Error, also if a part of `old` is
/// damaged that the changed pack would have.
[[nodiscard]] UpdatedPack updated_pack(const pack::StoredPack& old, const pack::Catalog* before, AddedFiles files,
                                       pack::PackWriter& writer, const UpdateOptions& options,
                                       const archive::UnpackLimits& limits);

}  // namespace minbtf::cli
