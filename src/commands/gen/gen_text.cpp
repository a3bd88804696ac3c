#include "commands/gen/gen_text.hpp"

#include <fmt/format.h>

#include "base/short_text.hpp"
#include "cli/batch_run.hpp"

namespace minbtf::cli {

namespace {

std::string outcome(const ResolutionFacts& facts) {
  const Resolution& resolution = facts.resolution;
  switch (resolution.status) {
    case Status::resolved:
      if (facts.why) return fmt::format("{} ({})", resolution.value, to_string(*facts.why));
      return resolution.load_size == 0 ? fmt::format("{}", resolution.value)
                                       : fmt::format("{}, {}-byte access", resolution.value, resolution.load_size);
    case Status::poisoned:
      return facts.why ? fmt::format("poisoned ({})", to_string(*facts.why)) : "poisoned";
    case Status::failed:
      return fmt::format("fails: {}", to_string(resolution.failure));
  }
  return {};
}

std::string kernel_summary(const KernelFacts& kernel, const OutputFacts& output, const RelocationCounts& relocations) {
  return fmt::format("{}: {} -> {} bytes, {}, {}; {}: {} resolved, {} poisoned, {} failing", kernel.path, kernel.bytes,
                     output.bytes, base::counted(output.types, "type"), base::counted(output.members, "member"),
                     base::counted(relocations.total, "relocation"), relocations.resolved, relocations.poisoned,
                     relocations.failed);
}

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

std::string equal_text(const TreeFigures& tree) {
  if (!tree.finds_equal) return {};
  if (tree.links > 0) {
    return fmt::format("; {} of {} outputs are links", tree.links, tree.outputs);
  }
  const std::size_t copies = tree.outputs - tree.distinct;
  if (copies > 0) return fmt::format("; {} of {} outputs are copies of others", copies, tree.outputs);
  return "; no two outputs are equal";
}

std::string left_out_text(const GenReport& report) {
  const std::size_t objects = report.objects.size() - report.objects_in_use;
  return objects == 0 ? "" : fmt::format("; {} of the other byte order left out", base::counted(objects, "object"));
}

std::string tree_summary(const GenReport& report, const RelocationCounts& relocations) {
  const TreeFigures& tree = report.tree;
  std::string line =
      fmt::format("{} -> {}: {}, {} -> {}", report.input, report.output, base::counted(tree.outputs, "kernel"),
                  size_text(tree.source_bytes), size_text(tree.links > 0 ? tree.distinct_bytes : tree.bytes));
  line += equal_text(tree);
  line += fmt::format("; {} of {}: {} resolved, {} poisoned, {} failing",
                      base::counted(relocations.total, "relocation"), base::counted(report.objects_in_use, "object"),
                      relocations.resolved, relocations.poisoned, relocations.failed);
  line += left_out_text(report);
  if (tree.failed > 0) line += fmt::format("; {} failed", base::counted(tree.failed, "kernel"));
  if (tree.merged > 0) line += fmt::format("; {} there twice", base::counted(tree.merged, "kernel"));
  if (tree.ignored > 0) line += "; " + ignored_text(tree.ignored, tree.modules);
  if (tree.unselected > 0) line += fmt::format("; {} not selected", tree.unselected);
  if (tree.has_cache)
    line += fmt::format("; cache: {} of {} skipped", tree.cached, base::counted(tree.sources, "file"));
  if (!tree.stale.empty()) {
    line += fmt::format("; {} in {} not from this run", base::counted(tree.stale.size(), "file"), report.output);
  }
  if (report.verified) line += "; verified";
  if (tree.pruned > 0) line += fmt::format("; {} removed", base::counted(tree.pruned, "old output"));
  return line;
}

}  // namespace

std::string summary_line(const GenReport& report) {
  const RelocationCounts relocations = report.relocations.value_or(RelocationCounts());
  if (report.is_tree) return tree_summary(report, relocations);
  return kernel_summary(*report.kernel, *report.written, relocations) + left_out_text(report) +
         (report.verified ? "; verified" : "") + (report.written->in_place ? "; written in place" : "");
}

std::string links_note(const GenReport& report) {
  return fmt::format(
      "note: {} of {} outputs are symbolic links, and lost to what does not follow them (go:embed, BCC's\n"
      "      reader of tars, some image builders); --links=copy makes files",
      report.tree.links, report.tree.outputs);
}

std::string embedding_warning(const GenReport& report, const std::string& go_file) {
  return fmt::format("{}: embeds outputs, and go:embed leaves symbolic links out: {} of {}; --links=copy makes files",
                     go_file, report.tree.links, report.tree.outputs);
}

std::string resolution_line(const ResolutionFacts& facts) {
  const RelocationText& text = facts.text;
  const std::string place = text.program.empty() ? fmt::format("section {}", text.section)
                                                 : fmt::format("{} ({})", text.program, text.section);
  return fmt::format("{}: {} insn {}: {} {}: {}", facts.object, place, text.insn, to_string(text.kind), text.subject,
                     outcome(facts));
}

std::string failure_line(const FailureFacts& failure, const GenReport& report) {
  const std::string line = resolution_line(failure.facts);
  if (!report.is_tree) return line;
  return fmt::format("{} (on {} of {}, first {})", line, failure.kernels, base::counted(report.tree.outputs, "kernel"),
                     failure.first);
}

std::string kernel_line(const archive::Batch& batch, const archive::TreeOutputs& outputs, std::size_t index) {
  const auto& [content, figures, failures, explained] =
      archive::value_of<archive::ReducedKernel>(*batch.kernels[index].result);
  const KernelFacts kernel{
      .path = outputs.outputs[index].path, .bytes = figures.source_bytes, .types = figures.source_types};
  const OutputFacts output{.path = "",
                           .bytes = content->size(),
                           .types = figures.types,
                           .members = figures.members,
                           .enumerators = figures.enumerators};
  const RelocationCounts relocations{.total = std::size_t{figures.resolved} + figures.poisoned + figures.failed,
                                     .resolved = figures.resolved,
                                     .poisoned = figures.poisoned,
                                     .failed = figures.failed};
  std::string line = kernel_summary(kernel, output, relocations);
  if (const auto& first = outputs.same_as[index]) line += "; equal to " + outputs.outputs[*first].path;
  return line;
}

}  // namespace minbtf::cli
