// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/tree_outputs.hpp"

#include <unordered_map>
#include <utility>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

TreeOutputs plan_outputs(const std::vector<NamedKernel>& kernels, Dedupe dedupe, EqualOutputs equal) {
  TreeOutputs result;
  result.same_as.resize(kernels.size());
  std::unordered_map<const void*, std::size_t> first;  // index of the first kernel with a content
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    Output& output = result.outputs.emplace_back();
    output.path = kernels[i].path;
    output.content = value_of<ReducedKernel>(*kernels[i].result).content;
    if (dedupe == Dedupe::off) continue;
    const auto [entry, is_first] = first.try_emplace(output.content.get(), i);
    if (is_first) continue;
    result.same_as[i] = entry->second;
    if (equal == EqualOutputs::symlink) output.link_to = entry->second;
  }
  return result;
}

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
                          .content_hash = io::hash_of(*output.content),
                          .bytes = output.content->size(),
                          .same_as = {},
                          .link = {},
                          .figures = value_of<ReducedKernel>(*kernels[i].result).figures,
                          .content_sha256 = {},
                          .source_sha256 = record.sha256};
    if (outputs.same_as[i]) {
      kernel.same_as = outputs.outputs[*outputs.same_as[i]].path;
      kernel.content_sha256 = manifest.kernels[*outputs.same_as[i]].content_sha256;
    } else {
      kernel.content_sha256 = io::sha256_of(*output.content);
    }
    if (output.link_to) kernel.link = relative_link(output.path, outputs.outputs[*output.link_to].path);
    manifest.kernels.push_back(std::move(kernel));
  }
  return manifest;
}

}  // namespace minbtf::archive
