// A tree of kernels beside a tree of what is to be shipped in their place, paired by relative path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "archive/path_selection.hpp"
#include "archive/process_sources.hpp"
#include "report/verify_kernel.hpp"

namespace minbtf::report {

struct TreePair {
  std::filesystem::path full;  ///< a directory, or a tar of several kernels
  bool full_is_tar = false;
  std::filesystem::path reduced;  ///< a directory
};

struct VerifiedTree {
  std::vector<VerifiedKernel> kernels;       ///< by path
  std::vector<archive::SourceFault> faults;  ///< of the full ones: what could not be read; by path
  std::vector<std::string> extra;            ///< reduced files that stand for no kernel; paths in that tree
  std::vector<std::string> warnings;         ///< about the reduced tree
  std::size_t ignored = 0;                   ///< files that are no kernels
  std::size_t unselected = 0;
};

struct VerifyTreeOptions {
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
  std::size_t jobs = 1;
  /// Told before anything is read how many bytes the sources have, then as archive::ProcessRequest::progress.
  std::function<void(std::uint64_t total)> begin = {};
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress = {};
};

/// Pairs each kernel with the file that min-btf gen would write for it, packed or not. Throws Error for what concerns
/// the whole.
[[nodiscard]] VerifiedTree verify_tree(const Judges& judges, const TreePair& trees, const VerifyTreeOptions& options);

}  // namespace minbtf::report
