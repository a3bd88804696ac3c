// The kernels of an input beside what is to be shipped in their place, paired by relative path.
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

struct VerifiedTree {
  std::vector<VerifiedKernel> kernels;       ///< by path
  std::vector<archive::SourceFault> faults;  ///< of the full ones: what could not be read
  std::vector<std::string> extra;            ///< reduced files that stand for no kernel; paths in that tree
  std::vector<std::string> warnings;         ///< about the reduced tree
  std::size_t ignored = 0;                   ///< files that are no kernels
  std::size_t modules = 0;                   ///< of these, of kernel modules
  std::size_t unselected = 0;
  std::size_t missed_i386 = 0;  ///< of them: archive::PathSelection::misses_i386()
};

struct VerifyTreeOptions {
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
  std::size_t jobs = 1;
  /// As those of archive::ProcessRequest.
  std::function<void(std::uint64_t bytes)> begin = {};
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress = {};
};

/// Pairs each kernel of `full` with the file that min-btf gen would write for it to `reduced`, packed or not. Throws
/// Error for what concerns the whole.
[[nodiscard]] VerifiedTree verify_tree(const VerifyContext& context, archive::Input& full, ReducedTree reduced,
                                       const VerifyTreeOptions& options);

}  // namespace minbtf::cli
