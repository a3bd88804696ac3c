// SPDX-License-Identifier: BSD-2-Clause
// Follows the links in a tar as the file system would after the tar is extracted.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/source_outcome.hpp"

namespace minbtf::archive {

/// A path that leads to a kernel through a link.
struct LinkedKernel {
  std::string path;        ///< in the tar
  std::size_t kernel = 0;  ///< index in SourceOutcome::kernels
};

struct LinkedKernels {
  std::vector<LinkedKernel> kernels;
  std::vector<Problem> problems;  ///< links named like kernels that lead to no kernel; paths used twice; too many paths
};

/// Returns every path that leads to a kernel of `outcome` through at least one link. The rules are those of a directory
/// as INPUT:
///  - Each path is a kernel of its own, even if several paths lead to the same file.
///  - A link to a directory that contains the link is not followed.
///  - Kernels that were not selected while the tar was read do not exist here.
/// More than `max_paths` paths in the tar, links followed, are a problem; the rest of the paths is then left out.
[[nodiscard]] LinkedKernels follow_links(const SourceOutcome& outcome, std::size_t max_paths);

}  // namespace minbtf::archive
