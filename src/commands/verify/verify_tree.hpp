// SPDX-License-Identifier: BSD-2-Clause
// Pairs the kernels of an input with the files of a reduced tree by relative path, and compares each pair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/input/path_selection.hpp"
#include "commands/verify/reduced_tree.hpp"
#include "commands/verify/verify_kernel.hpp"

namespace minbtf::cli {

/// The result of comparing all pairs.
struct VerifiedTree {
  std::vector<VerifiedKernel> kernels;       ///< by path
  std::vector<archive::SourceFault> faults;  ///< sources of the full kernels that could not be read
  std::vector<std::string> extra;            ///< files without a kernel, by their paths in the reduced tree
  std::vector<std::string> warnings;         ///< about modules of FULL, and about the reduced tree
  std::size_t ignored = 0;                   ///< files in the input that are not kernels
  std::size_t modules = 0;                   ///< ignored files that hold the BTF of a kernel module
  std::size_t unselected = 0;                ///< kernels that are not selected
  std::size_t missed_i386 = 0;               ///< unselected kernels: archive::PathSelection::misses_i386()
};

struct VerifyTreeOptions {
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
  std::size_t jobs = 1;
  // As in archive::ProcessRequest.
  std::function<void(std::uint64_t bytes)> begin = {};
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress = {};
};

/// Compares each kernel of `full` with the file in `reduced` at the path that `min-btf gen` would write it to; that
/// file may be compressed or in a tar. Throws Error for an error that does not belong to one kernel.
[[nodiscard]] VerifiedTree verify_tree(const VerifyContext& context, archive::Input& full, ReducedTree reduced,
                                       const VerifyTreeOptions& options);

}  // namespace minbtf::cli
