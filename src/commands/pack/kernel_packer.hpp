// SPDX-License-Identifier: BSD-2-Clause
// Reads kernels from INPUTs and collects them for a pack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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

class KernelPacker {
 public:
  struct Options {
    archive::UnpackLimits limits{};
    std::size_t jobs = 1;
    /// As archive::ProcessRequest has them.
    std::function<void(std::uint64_t bytes)> begin{};
    std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
  };

  explicit KernelPacker(Options options) : options_(std::move(options)) {}

  /// Reads the kernels of an INPUT:
  ///  1. A directory has the paths of its files.
  ///  2. A tar of many kernels has the paths in the tar if `is_only_input` is true. Its source then has no path.
  ///  3. Any other file has its name as path.
  /// Returns what could not be read, with paths that can be opened. Throws Error: io, or wrong_file for a file without
  /// a kernel, and for a path that an earlier INPUT has with other contents.
  [[nodiscard]] std::vector<archive::SourceFault> add(const std::string& input, const archive::SelectionRules& rules,
                                                      bool is_only_input);
  /// Returns the paths by which the user can name a kernel, as archive::Batch::all_paths().
  [[nodiscard]] std::vector<std::string> paths() const;
  /// Returns the figures of everything that was added.
  [[nodiscard]] PackFigures figures() const;
  /// Returns the pack. The packer must not be used afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish();

 private:
  struct Source {
    pack::PackedSource packed;
    std::string name;  ///< for messages
  };

  void add_source(const std::string& input, const archive::SourceRecord& record);

  Options options_;
  pack::PackWriter writer_;
  std::map<std::string, Source> sources_;         ///< by path
  std::map<std::uint32_t, std::uint64_t> bytes_;  ///< size by number of the kernel
  pack::Catalog catalog_;
  std::size_t merged_ = 0;
  std::size_t unselected_ = 0;
  std::size_t missed_i386_ = 0;
};

}  // namespace minbtf::cli
