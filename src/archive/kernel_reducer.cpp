#include "archive/kernel_reducer.hpp"

#include <utility>

#include "archive/parse_back.hpp"

namespace minbtf::archive {

namespace {

void count(const std::vector<Resolution>& resolutions, KernelResult& result) {
  for (const Resolution& resolution : resolutions) {
    switch (resolution.status) {
      case Status::resolved:
        ++result.figures.resolved;
        break;
      case Status::poisoned:
        ++result.figures.poisoned;
        break;
      case Status::failed:
        ++result.figures.failed;
        result.failures.push_back({.object = static_cast<std::uint32_t>(resolution.object),
                                   .relocation = static_cast<std::uint32_t>(resolution.relocation),
                                   .failure = resolution.failure});
        break;
    }
  }
}

}  // namespace

KernelResult KernelReducer::reduce(std::span<const std::uint8_t> btf, const std::string& name) const {
  const auto workspace = workspaces_.lend();
  Reduction reduction = plan_.minimize(btf, name, *workspace);
  parse_back(reduction.bytes, reduction.types, name);
  // Two readers agree on the bytes: ours inside minimize(), and libbpf.

  KernelResult result;
  result.figures.source_bytes = btf.size();
  result.figures.source_types = reduction.source_types;
  result.figures.types = reduction.types;
  result.figures.members = reduction.members;
  result.figures.enumerators = reduction.enumerators;
  count(reduction.resolutions, result);
  result.content = store_.add(std::move(reduction.bytes));
  return result;
}

}  // namespace minbtf::archive
