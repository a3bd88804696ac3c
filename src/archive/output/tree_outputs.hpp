// From reduced kernels to the outputs of a tree: which are equal, and which of those become links.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/input/input.hpp"
#include "archive/output/manifest.hpp"
#include "archive/output/output_tree.hpp"

namespace minbtf::archive {

struct TreeOutputs {
  std::vector<Output> outputs;                      ///< of each kernel
  std::vector<std::optional<std::size_t>> same_as;  ///< the first output with that content, if it is not this one
};

/// Whether contents are compared. By identity: the store made equal ones one.
enum class Dedupe { content, off };

/// What outputs with equal contents are.
enum class EqualOutputs { symlink, copy };

/// `kernels` are ReducedKernel, sorted by path.
[[nodiscard]] TreeOutputs plan_outputs(const std::vector<NamedKernel>& kernels, Dedupe dedupe, EqualOutputs equal);

// The manifest of a run, from what the run knows.

[[nodiscard]] Manifest manifest_of(std::string version, std::vector<ManifestObject> objects,
                                   const std::vector<SourceRecord>& records, const std::vector<NamedKernel>& kernels,
                                   const TreeOutputs& outputs);

}  // namespace minbtf::archive
