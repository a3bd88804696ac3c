// The manifest of a run, from what the run knows.
#pragma once

#include <string>
#include <vector>

#include "archive/input.hpp"
#include "archive/manifest.hpp"
#include "archive/tree_outputs.hpp"

namespace minbtf::archive {

[[nodiscard]] Manifest manifest_of(std::string version, std::vector<ManifestObject> objects,
                                   const std::vector<SourceRecord>& records, const std::vector<NamedKernel>& kernels,
                                   const TreeOutputs& outputs);

}  // namespace minbtf::archive
