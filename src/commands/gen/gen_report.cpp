// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/gen_report.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "archive/input/source_reader.hpp"
#include "btf/bytes.hpp"

namespace minbtf::cli {

namespace {

const archive::ReducedKernel& reduced(const archive::NamedKernel& kernel) {
  return archive::value_of<archive::ReducedKernel>(*kernel.result);
}

std::vector<FailureFacts> failures_of(const Plan& plan, const std::vector<archive::NamedKernel>& kernels) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, Failure>, FailureFacts> found;
  for (const archive::NamedKernel& kernel : kernels) {
    for (const archive::FailedRelocation& failed : reduced(kernel).failures) {
      FailureFacts& failure = found[{failed.object, failed.relocation, failed.failure}];
      if (++failure.kernels > 1) continue;
      Resolution resolution{.object = failed.object, .relocation = failed.relocation};
      resolution.status = Status::failed;
      resolution.failure = failed.failure;
      failure.facts = facts_of(plan, resolution);
      failure.first = kernel.path;
    }
  }
  std::vector<FailureFacts> failures;
  for (auto& [key, failure] : found) failures.push_back(std::move(failure));
  return failures;
}

void count_sources(const std::vector<archive::SourceRecord>& records, TreeFigures& figures) {
  using Origin = archive::SourceRecord::Origin;
  for (const archive::SourceRecord& record : records) {
    if (record.outcome.kernels.empty() && record.outcome.problems.empty()) continue;
    ++figures.sources;
    if (record.origin == Origin::repeated) ++figures.repeated;
    if (record.origin == Origin::cached) ++figures.cached;
  }
}

}  // namespace

KernelsByPlan kernels_by_plan(const archive::Plans& plans, const archive::Batch& batch) {
  KernelsByPlan kernels;
  for (const archive::NamedKernel& kernel : batch.kernels) {
    const std::string path = archive::selection_path(batch.records[kernel.record].path, kernel.member);
    // A reduced BTF has the byte order of its kernel.
    kernels[&plans.plan_for(path, kernel.path)].add(btf::order_of(*reduced(kernel).content));
  }
  return kernels;
}

void count_batch(const archive::Plans& plans, const archive::Batch& batch, GenReport& report) {
  RelocationCounts& counts = report.relocations.emplace();
  for (const archive::NamedKernel& kernel : batch.kernels) {
    const archive::KernelFigures& figures = reduced(kernel).figures;
    counts.resolved += figures.resolved;
    counts.poisoned += figures.poisoned;
    counts.failed += figures.failed;
    report.tree.source_bytes += figures.source_bytes;
  }
  counts.total = counts.resolved + counts.poisoned + counts.failed;
  counts.questions = plans.all().question_count();
  report.failures = failures_of(plans.all(), batch.kernels);
  for (const FailureFacts& failure : report.failures) {
    if (is_ambiguous(failure.facts.resolution.failure)) counts.ambiguous += failure.kernels;
  }
  const KernelsByPlan kernels = kernels_by_plan(plans, batch);
  report.by_architecture = plans.are_by_architecture();
  report.objects_in_use = objects_in_use(plans, kernels);
  const bool both_orders = has_both_orders(plans);
  for (std::size_t i = 0; may_leave_out(plans) && i < report.objects.size(); ++i) {
    if (both_orders) report.objects[i].byte_order = plans.all().objects()[i].byte_order();
    report.objects[i].architectures = architectures_of(plans, i);
    report.objects[i].left_out = kernels_without(i, kernels);
  }
  count_sources(batch.records, report.tree);
  report.tree.outputs = batch.kernels.size();
  report.tree.failed_modules = archive::module_faults(batch.faults);
  report.tree.failed = batch.faults.size() - report.tree.failed_modules;
  report.tree.ignored = batch.ignored;
  report.tree.modules = batch.modules;
  report.tree.unselected = batch.unselected;
}

std::vector<bool> found_keeps(const Plan& plan, const archive::Batch& batch) {
  std::vector<bool> found(plan.keeps().size());
  std::set<archive::Content> seen;
  for (const archive::NamedKernel& kernel : batch.kernels) {
    if (std::ranges::find(found, false) == found.end()) break;
    const archive::Content& content = reduced(kernel).content;
    if (!seen.insert(content).second) continue;
    for (const std::size_t keep : plan.kept_in(Btf::parse(*content, kernel.path))) found[keep] = true;
  }
  return found;
}

void count_outputs(const archive::Batch& batch, const archive::TreeOutputs& outputs, TreeFigures& figures) {
  figures.merged = batch.repeated.size();
  for (std::size_t i = 0; i < outputs.outputs.size(); ++i) {
    const std::size_t bytes = outputs.outputs[i].content->size();
    figures.bytes += bytes;
    if (figures.finds_equal && !outputs.same_as[i]) {
      ++figures.distinct;
      figures.distinct_bytes += bytes;
    }
    if (outputs.outputs[i].link_to) ++figures.links;
  }
}

ResolutionFacts facts_of(const Plan& plan, const Resolution& resolution) {
  return {.object = plan.objects()[resolution.object].name(),
          .text = plan.describe(resolution.object, resolution.relocation),
          .resolution = resolution};
}

std::vector<ResolutionFacts> resolutions_of(const Plan& plan, const archive::ExplainedResolutions& explained) {
  std::vector<ResolutionFacts> all;
  // `unresolved` is in the order of the resolutions. It has no entry for a record outside of all programs, and for
  // another record one entry for each program that it is loaded with, all with the same reason.
  auto failing = explained.unresolved.begin();
  for (const Resolution& resolution : explained.resolutions) {
    ResolutionFacts& facts = all.emplace_back(facts_of(plan, resolution));
    for (; failing != explained.unresolved.end() && failing->object == resolution.object &&
           failing->relocation == resolution.relocation;
         ++failing) {
      if (failing->status != Status::failed) facts.why = failing->why;
    }
  }
  return all;
}

}  // namespace minbtf::cli
