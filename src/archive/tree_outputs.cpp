#include "archive/tree_outputs.hpp"

#include <unordered_map>

#include "archive/reduced_kernel.hpp"

namespace minbtf::archive {

TreeOutputs plan_outputs(const std::vector<NamedKernel>& kernels, Dedupe dedupe, EqualOutputs equal) {
  TreeOutputs result;
  result.same_as.resize(kernels.size());
  std::unordered_map<const void*, std::size_t> first;  // by content
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

}  // namespace minbtf::archive
