#include "cli/tree_report.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

#include "archive/reduced_kernel.hpp"
#include "report/words.hpp"

namespace minbtf::cli {

namespace {

using report::counted;

std::string size_text(std::uint64_t bytes) {
  constexpr double step = 1000;
  auto value = static_cast<double>(bytes);
  if (value < step) return fmt::format("{} bytes", bytes);
  for (const char* unit : {"kB", "MB"}) {
    value /= step;
    if (value < step) return fmt::format("{:.1f} {}", value, unit);
  }
  return fmt::format("{:.1f} GB", value / step);
}

std::string equal_text(const TreeReport& report) {
  if (!report.finds_equal) return {};
  if (report.links > 0) {
    return fmt::format("; {} of {} outputs are links (what does not follow links, as go:embed, needs --links=copy)",
                       report.links, report.outputs);
  }
  const std::size_t copies = report.outputs - report.distinct;
  if (copies > 0) return fmt::format("; {} of {} outputs are copies of others", copies, report.outputs);
  return fmt::format("; no two outputs are equal");
}

}  // namespace

void count_sources(const std::vector<archive::SourceRecord>& records, TreeReport& report) {
  using Origin = archive::SourceRecord::Origin;
  for (const archive::SourceRecord& record : records) {
    if (record.outcome.kernels.empty() && record.outcome.problems.empty()) continue;
    ++report.sources;
    if (record.origin == Origin::repeated) ++report.repeated;
    if (record.origin == Origin::cached) ++report.cached;
  }
}

void count_outputs(const archive::NamedKernels& kernels, const archive::TreeOutputs& outputs, TreeReport& report) {
  report.merged = kernels.repeated.size();
  for (std::size_t i = 0; i < outputs.outputs.size(); ++i) {
    const archive::KernelFigures& figures =
        archive::value_of<archive::ReducedKernel>(*kernels.kernels[i].result).figures;
    const std::size_t bytes = outputs.outputs[i].content->size();
    ++report.outputs;
    report.source_bytes += figures.source_bytes;
    report.bytes += bytes;
    if (report.finds_equal && !outputs.same_as[i]) {
      ++report.distinct;
      report.distinct_bytes += bytes;
    }
    if (outputs.outputs[i].link_to) ++report.links;
    report.resolved += figures.resolved;
    report.poisoned += figures.poisoned;
    report.failing += figures.failed;
  }
  report.relocations = report.resolved + report.poisoned + report.failing;
}

std::vector<TreeFailure> failures_of(const Plan& plan, const std::vector<archive::NamedKernel>& kernels) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, Failure>, TreeFailure> found;
  for (const archive::NamedKernel& kernel : kernels) {
    for (const archive::FailedRelocation& failed : archive::value_of<archive::ReducedKernel>(*kernel.result).failures) {
      TreeFailure& failure = found[{failed.object, failed.relocation, failed.failure}];
      if (++failure.kernels > 1) continue;
      Resolution resolution{.object = failed.object, .relocation = failed.relocation};
      resolution.failure = failed.failure;
      failure.facts = {.object = plan.objects()[failed.object].name(),
                       .text = plan.describe(failed.object, failed.relocation),
                       .resolution = resolution};
      failure.first = kernel.path;
    }
  }
  std::vector<TreeFailure> failures;
  for (auto& [key, failure] : found) failures.push_back(std::move(failure));
  return failures;
}

std::string summary_line(const TreeReport& report) {
  std::string line =
      fmt::format("{} -> {}: {}, {} -> {}", report.input, report.output, counted(report.outputs, "kernel"),
                  size_text(report.source_bytes), size_text(report.links > 0 ? report.distinct_bytes : report.bytes));
  line += equal_text(report);
  line += fmt::format("; {} of {}: {} resolved, {} poisoned, {} failing", counted(report.relocations, "relocation"),
                      counted(report.objects.size(), "object"), report.resolved, report.poisoned, report.failing);
  if (report.failed > 0) line += fmt::format("; {} failed", counted(report.failed, "kernel"));
  if (report.merged > 0) line += fmt::format("; {} there twice", counted(report.merged, "kernel"));
  if (report.ignored > 0) line += fmt::format("; {} ignored", counted(report.ignored, "other file"));
  if (report.unselected > 0) line += fmt::format("; {} not selected", report.unselected);
  if (report.has_cache) {
    line += fmt::format("; cache: {} of {} skipped", report.cached, counted(report.sources, "file"));
  }
  if (!report.stale.empty())
    line += fmt::format("; {} in {} not from this run", counted(report.stale.size(), "file"), report.output);
  if (report.verified) line += "; verified";
  if (report.pruned > 0) line += fmt::format("; {} removed", counted(report.pruned, "old output"));
  return line;
}

std::string kernel_line(const std::vector<archive::NamedKernel>& kernels, const archive::TreeOutputs& outputs,
                        std::size_t index) {
  const archive::KernelFigures& figures = archive::value_of<archive::ReducedKernel>(*kernels[index].result).figures;
  const KernelFacts kernel{
      .path = outputs.outputs[index].path, .bytes = figures.source_bytes, .types = figures.source_types};
  const OutputFacts output{.path = "",
                           .bytes = outputs.outputs[index].content->size(),
                           .types = figures.types,
                           .members = figures.members,
                           .enumerators = figures.enumerators};
  RelocationCounts relocations{.total = std::size_t{figures.resolved} + figures.poisoned + figures.failed};
  relocations.resolved = figures.resolved;
  relocations.poisoned = figures.poisoned;
  relocations.failed = figures.failed;
  std::string line = kernel_summary(kernel, output, relocations);
  if (const auto& first = outputs.same_as[index]) line += "; equal to " + outputs.outputs[*first].path;
  return line;
}

std::string failure_line(const TreeFailure& failure, std::size_t kernels) {
  return fmt::format("{} (on {} of {}, first {})", resolution_line(failure.facts), failure.kernels,
                     counted(kernels, "kernel"), failure.first);
}

}  // namespace minbtf::cli
