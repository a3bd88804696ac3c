// SPDX-License-Identifier: BSD-2-Clause
// Reads kernels from INPUTs and collects them for a pack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/unpack/unpack.hpp"
#include "commands/pack/pack_update.hpp"
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
  [[nodiscard]] UpdatedPack update(const pack::StoredPack& old, const UpdateOptions& options) {
    return updated_pack(old, options_.old.get(), std::move(files_), writer_, options, options_.limits);
  }

 private:
  std::vector<archive::SourceFault> add_files(const std::string& input, const archive::SelectionRules& rules,
                                              bool is_only_input);
  std::vector<archive::SourceFault> add_pack(const std::string& input, const archive::SelectionRules& rules,
                                             bool is_only_input);
  void add_record(const std::string& input, const archive::SourceRecord& record,
                  std::vector<archive::SourceFault>& faults);
  void add_failed(const std::string& path, const std::string& member);
  void add_known(const std::string& path, const std::string& name, std::vector<archive::SourceFault>& faults);
  void add_source(AddedSource source, std::vector<archive::SourceFault>& faults);
  Options options_;
  pack::PackWriter writer_;
  AddedFiles files_;
  std::map<std::uint32_t, std::uint64_t> bytes_;  ///< size by number of the kernel
  std::vector<std::string> failed_;               ///< paths of kernels that were selected and failed
  std::size_t merged_ = 0;
  std::size_t unselected_ = 0;
  std::size_t missed_i386_ = 0;
};

}  // namespace minbtf::cli
