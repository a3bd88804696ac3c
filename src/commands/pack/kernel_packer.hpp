// SPDX-License-Identifier: BSD-2-Clause
// Reads kernels from INPUTs and collects them for a pack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/unpack/unpack.hpp"
#include "pack/catalog.hpp"
#include "pack/pack_writer.hpp"

namespace minbtf::cli {

/// A kernel that is kept verbatim.
struct VerbatimKernel {
  std::string path;  ///< of its first source and member in the pack
  std::string reason;
};

struct PackFigures {
  std::size_t kernels = 0;   ///< paths of kernels
  std::size_t distinct = 0;  ///< kernels with different BTF
  std::size_t sources = 0;   ///< files with kernels
  std::size_t merged = 0;    ///< sources that an earlier INPUT has as well
  std::size_t ignored = 0;
  std::size_t modules = 0;
  std::size_t unselected = 0;
  std::size_t missed_i386 = 0;
  std::uint64_t bytes = 0;  ///< of the BTF of all paths
  std::vector<VerbatimKernel> verbatim{};
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

class KernelPacker {
 public:
  struct Options {
    archive::UnpackLimits limits{};
    std::size_t jobs = 1;
    pack::PackContents contents = pack::PackContents::everything;
    /// The catalog of PACK, if it is there: files with the same contents are not read. May be null.
    std::shared_ptr<const pack::Catalog> old{};
    /// As archive::ProcessRequest has them.
    std::function<void(std::uint64_t bytes)> begin{};
    std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
  };

  explicit KernelPacker(Options options) : options_(std::move(options)), writer_(options_.contents) {}

  /// Reads the kernels of an INPUT:
  ///  1. A directory has the paths of its files.
  ///  2. A tar of many kernels has the paths in the tar if `is_only_input` is true. Its source then has no path.
  ///  3. Any other file has its name as path.
  ///  4. A pack has the paths of its sources. A pack of one tar without a name must be the only INPUT.
  ///  5. A file whose name begins with a dot and would be the path is refused: readers ignore hidden paths.
  /// Returns what could not be read, with paths that can be opened, and paths that an earlier INPUT has with other
  /// contents. Throws Error: io, damaged, or wrong_file for a file without a kernel.
  [[nodiscard]] std::vector<archive::SourceFault> add(const std::string& input, const archive::SelectionRules& rules,
                                                      bool is_only_input);
  /// Returns the paths by which the user can name a kernel, also one that failed, as archive::Batch::all_paths().
  [[nodiscard]] std::vector<std::string> paths() const;
  /// Returns the figures of everything that was added.
  [[nodiscard]] PackFigures figures() const;
  /// Returns a new pack. The packer must not be used afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish();
  /// Changes a pack. The packer must not be used afterwards. Throws Error, also if a part of `old` is damaged that the
  /// changed pack would have.
  [[nodiscard]] UpdatedPack update(const pack::StoredPack& old, const UpdateOptions& options);

 private:
  struct Source {
    pack::PackedSource packed;
    std::string name;  ///< for messages
  };

  std::vector<archive::SourceFault> add_files(const std::string& input, const archive::SelectionRules& rules,
                                              bool is_only_input);
  std::vector<archive::SourceFault> add_pack(const std::string& input, const archive::SelectionRules& rules,
                                             bool is_only_input);
  /// Returns the source of PACK with this path; null if there is none.
  [[nodiscard]] const pack::PackedSource* old_source(const std::string& path) const;
  void add_record(const std::string& input, const archive::SourceRecord& record,
                  std::vector<archive::SourceFault>& faults);
  void add_other(pack::OtherFile other);
  void add_failed(const std::string& path, const std::string& member);
  void add_known(const std::string& path, const std::string& name, std::vector<archive::SourceFault>& faults);
  void add_source(Source source, std::vector<archive::SourceFault>& faults);
  /// Returns the sources of a pack that are not removed, by path.
  [[nodiscard]] static std::map<std::string, pack::PackedSource> kept_sources(const pack::Catalog& catalog,
                                                                              const UpdateOptions& options,
                                                                              UpdatedPack& result);
  [[nodiscard]] std::vector<std::uint8_t> rebuilt(const pack::StoredPack& old, pack::Catalog catalog);
  enum class Relation {
    part,           ///< the pack has all of it
    whole,          ///< the pack has a part of the members of the same tar: a selection left out the others
    other_members,  ///< each of the two has members of the same tar that the other has not
    other_file,
  };
  /// Compares a source of the packer with one of a pack that has the same path.
  [[nodiscard]] Relation relation(const pack::PackedSource& added, const pack::PackedSource& old,
                                  const pack::Catalog& catalog) const;

  Options options_;
  pack::PackWriter writer_;
  std::map<std::string, Source> sources_;          ///< by path
  std::map<std::uint32_t, std::uint64_t> bytes_;   ///< size by number of the kernel
  std::map<std::string, pack::OtherFile> others_;  ///< by path
  /// Files that PACK has with the same contents: the names for messages by path.
  std::map<std::string, std::string> known_;
  std::vector<std::string> failed_;  ///< paths of kernels that were selected and failed
  std::size_t merged_ = 0;
  std::size_t unselected_ = 0;
  std::size_t missed_i386_ = 0;
};

}  // namespace minbtf::cli
