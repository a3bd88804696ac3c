#include "archive/tree_manifest.hpp"

#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

Manifest manifest_of(std::string version, std::vector<ManifestObject> objects, const std::vector<SourceRecord>& records,
                     const std::vector<NamedKernel>& kernels, const TreeOutputs& outputs) {
  Manifest manifest{.version = std::move(version), .objects = std::move(objects), .kernels = {}};
  for (std::size_t i = 0; i < outputs.outputs.size(); ++i) {
    const Output& output = outputs.outputs[i];
    const SourceRecord& record = records[kernels[i].record];
    ManifestKernel kernel{.source = record.path,
                          .member = kernels[i].member,
                          .source_hash = record.hash,
                          .output = output.path,
                          .content_hash = hash_of(*output.content),
                          .bytes = output.content->size(),
                          .same_as = {},
                          .link = {},
                          .figures = value_of<ReducedKernel>(*kernels[i].result).figures};
    if (outputs.same_as[i]) kernel.same_as = outputs.outputs[*outputs.same_as[i]].path;
    if (output.link_to) kernel.link = relative_link(output.path, outputs.outputs[*output.link_to].path);
    manifest.kernels.push_back(std::move(kernel));
  }
  return manifest;
}

}  // namespace minbtf::archive
