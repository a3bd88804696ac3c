// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/kernel_reducer.hpp"

#include <algorithm>
#include <utility>

#include "libbpf/readback.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

std::string difference_text(const Plan& plan, const Difference& difference) {
  const RelocationText relocation = plan.describe(difference.object, difference.relocation);
  std::string text = plan.objects()[difference.object].name() + ": " + relocation.program + " insn " +
                     std::to_string(relocation.insn) + ": " + std::string(to_string(relocation.kind)) + " " +
                     difference.subject + ": ";
  if (!difference.loader.empty()) text += "for " + difference.loader + " ";
  return text + difference.full.text + ", in the reduced BTF " + difference.reduced.text;
}

void require_same_decisions(const Plan& plan, const KernelBtf& kernel, const std::string& name,
                            std::span<const std::uint8_t> reduced, Workspace& workspace) {
  const Btf result = Btf::parse({reduced.begin(), reduced.end()}, name + " (reduced)");
  const Comparison found = plan.compare(kernel, name, result, workspace);
  if (!found.same_byte_order) throw Error(ErrorKind::internal, name, "", "the reduced BTF has another byte order");
  if (found.holds()) return;
  if (!found.kept_differences.empty()) {
    const KeptDifference& first = found.kept_differences.front();
    throw Error(ErrorKind::internal, name, "", "kept by name: " + plan.keeps()[first.keep].text() + ": " + first.text);
  }
  const std::size_t more = found.differences.size() - 1;
  throw Error(ErrorKind::internal, name, "",
              "the reduced BTF gives another result: " + difference_text(plan, found.differences.front()) +
                  (more == 0 ? "" : " (and " + std::to_string(more) + " more)"));
}

namespace {

void count(const Resolutions& resolutions, ReducedKernel& result) {
  const ResolutionCounts counts = resolutions.counts();
  result.figures.resolved = static_cast<std::uint32_t>(counts.resolved);
  result.figures.poisoned = static_cast<std::uint32_t>(counts.poisoned);
  result.figures.failed = static_cast<std::uint32_t>(counts.failed);
  for (const Resolution& failed : resolutions.failures()) {
    result.failures.push_back({.object = static_cast<std::uint32_t>(failed.object),
                               .relocation = static_cast<std::uint32_t>(failed.relocation),
                               .failure = failed.failure});
  }
}

}  // namespace

ReducedKernel KernelReducer::process(const KernelPlace& place, const KernelBtf& kernel) const {
  const Plan& plan = plans_.plan_for(place);
  const auto workspace = workspaces_.lend();
  Reduction reduction = plan.minimize(kernel, place.name, *workspace);
  libbpf::parse_back(reduction.bytes, reduction.types, place.name);
  // The reduced BTF was now parsed by two independent readers: min-btf's in minimize(), and libbpf's.
  if (options_.verifies) require_same_decisions(plan, kernel, place.name, reduction.bytes, *workspace);

  ReducedKernel result;
  result.figures.source_bytes = kernel.source_bytes;
  result.figures.source_types = reduction.source_types;
  result.figures.types = reduction.types;
  result.figures.members = reduction.members;
  result.figures.enumerators = reduction.enumerators;
  count(reduction.resolutions, result);
  result.content = store_.add(std::move(reduction.bytes));
  if (options_.explains) {
    result.explained = std::make_shared<const ExplainedResolutions>(ExplainedResolutions{
        .resolutions = std::move(reduction.resolutions), .unresolved = plan.check(kernel, place.name, *workspace)});
  }
  return result;
}

KernelResultPtr KernelReducer::for_equal_kernel(const KernelResultPtr& result, std::uint64_t source_bytes,
                                                std::uint32_t source_types) const {
  ReducedKernel kernel = value_of<ReducedKernel>(*result);
  kernel.figures.source_bytes = source_bytes;
  kernel.figures.source_types = source_types;
  return make_result(std::move(kernel));
}

KernelResultPtr KernelReducer::adopt(const KernelResultPtr& result) const {
  if (options_.verifies || options_.explains) return nullptr;
  ReducedKernel kernel = value_of<ReducedKernel>(*result);
  const std::vector<BpfObject>& objects = plans_.all().objects();
  const bool fits = std::ranges::all_of(kernel.failures, [&](const FailedRelocation& failed) {
    return failed.object < objects.size() && failed.relocation < objects[failed.object].relocation_count();
  });
  if (!fits) return nullptr;
  kernel.content = store_.add(kernel.content);
  return make_result(std::move(kernel));
}

}  // namespace minbtf::archive
