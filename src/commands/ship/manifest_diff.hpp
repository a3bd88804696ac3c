// SPDX-License-Identifier: BSD-2-Clause
// `ship --diff`: what changed between two runs of `gen`, by their manifests.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

struct ManifestDiff {
  std::string old_path;
  std::string new_path;
  // Output paths of kernels, sorted.
  std::vector<std::string> added;
  std::vector<std::string> changed;  ///< in both manifests, with different contents
  std::vector<std::string> removed;
  std::size_t unchanged = 0;
};

/// Compares the outputs by their paths and the hashes of their contents. Throws Error as archive::read_manifest() does.
[[nodiscard]] ManifestDiff diff_manifests(const std::string& old_path, const std::string& new_path);

/// Returns the lines for standard output: the numbers, and a line for each kernel.
[[nodiscard]] std::vector<std::string> diff_lines(const ManifestDiff& diff);
void add_diff(const ManifestDiff& diff, Json& document);

}  // namespace minbtf::cli
