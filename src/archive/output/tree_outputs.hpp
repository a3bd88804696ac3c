// SPDX-License-Identifier: BSD-2-Clause
// Turns the reduced kernels of a run into outputs of a tree: finds equal outputs and makes links of them.
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
  std::vector<Output> outputs;  ///< one for each kernel, in the same order
  std::vector<std::optional<std::size_t>>
      same_as;  ///< index of the first output with equal contents; nothing if this output is the first
};

/// Which outputs are equal.
enum class Dedupe {
  content,  ///< those with equal contents, compared by address: the ContentStore has equal contents only once
  answers,  ///< the same; kernels with equal answers have got one content before (share_answers())
  off,      ///< equal contents are not found
};

/// What the second and further outputs with equal contents become.
enum class EqualOutputs { symlink, copy };

/// Returns one output for each kernel. The results of `kernels` are ReducedKernel; `kernels` are sorted by path.
[[nodiscard]] TreeOutputs plan_outputs(const std::vector<NamedKernel>& kernels, Dedupe dedupe, EqualOutputs equal);

/// Returns the manifest of a run. `records` are the sources of `kernels`; `outputs` come from plan_outputs(kernels,
/// ...).
[[nodiscard]] Manifest manifest_of(std::string version, std::vector<ManifestObject> objects,
                                   const std::vector<SourceRecord>& records, const std::vector<NamedKernel>& kernels,
                                   const TreeOutputs& outputs);

}  // namespace minbtf::archive
