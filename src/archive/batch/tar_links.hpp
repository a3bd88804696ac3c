// Links in a tar, followed as they would be once it is unpacked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/source_outcome.hpp"

namespace minbtf::archive {

/// A path that leads to a kernel through a link.
struct LinkedKernel {
  std::string path;        ///< in the tar
  std::size_t kernel = 0;  ///< index in the outcome
};

struct LinkedKernels {
  std::vector<LinkedKernel> kernels;
  std::vector<Problem> problems;  ///< links that are called as kernels and lead to none; more paths than the limit
};

/// As in a directory, each path is one of its own, and only a link to a directory that it is in is not followed. What
/// was not selected when the tar was read is not there.
[[nodiscard]] LinkedKernels follow_links(const SourceOutcome& outcome, std::size_t max_paths);

}  // namespace minbtf::archive
