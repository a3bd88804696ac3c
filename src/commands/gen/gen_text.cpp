// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/gen_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/standard_streams.hpp"

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
  const std::string where = output.is_in_directory ? " -> " + output.path : "";
  return fmt::format("{}{}: {} -> {} bytes, {}, {}; {}: {} resolved, {} poisoned, {} failing", shown_path(kernel.path),
                     where, kernel.bytes, output.bytes, base::counted(output.types, "type"),
                     base::counted(output.members, "member"), base::counted(relocations.total, "relocation"),
                     relocations.resolved, relocations.poisoned, relocations.failed);
}

/// Returns "3 of 16 outputs are links" or "1 of 16 outputs is a link", for the given forms of the verb and the noun.
std::string share_text(std::size_t share, std::size_t outputs, const char* one, const char* several) {
  return fmt::format("{} of {} outputs {}", share, outputs, share == 1 ? one : several);
}

std::string equal_text(const TreeFigures& tree) {
  if (!tree.finds_equal || tree.outputs < 2) return {};
  if (tree.links > 0) return "; " + share_text(tree.links, tree.outputs, "is a link", "are links");
  const std::size_t copies = tree.outputs - tree.distinct;
  if (copies > 0) return "; " + share_text(copies, tree.outputs, "is a copy of another", "are copies of others");
  return "; no two outputs are equal";
}

std::string left_out_text(const GenReport& report) {
  const std::size_t objects = report.objects.size() - report.objects_in_use;
  if (objects == 0) return "";
  if (report.by_architecture) return fmt::format("; {} used for no kernel", base::counted(objects, "object"));
  return fmt::format("; {} of the other byte order left out", base::counted(objects, "object"));
}

std::string package_text(const GenReport& report) {
  if (!report.package) return "";
  const std::string of = report.package->bundle ? " of " + report.package->bundle->kernel : "";
  return fmt::format("; {} bytes as {}{}", report.package->bytes, report.package->form, of);
}

std::string tree_summary(const GenReport& report, const RelocationCounts& relocations) {
  const TreeFigures& tree = report.tree;
  std::string line = fmt::format("{} -> {}: {}, {} -> {}", shown_path(report.input), shown_path(report.output),
                                 base::counted(tree.outputs, "kernel"), size_text(tree.source_bytes),
                                 size_text(tree.links > 0 ? tree.distinct_bytes : tree.bytes));
  if (report.package) line += fmt::format(", {} as {}", size_text(report.package->bytes), report.package->form);
  line += equal_text(tree);
  if (tree.shared) line += fmt::format("; {} shared by equal answers", base::counted(*tree.shared, "output"));
  line += fmt::format("; {} of {}: {} resolved, {} poisoned, {} failing",
                      base::counted(relocations.total, "relocation"), base::counted(report.objects_in_use, "object"),
                      relocations.resolved, relocations.poisoned, relocations.failed);
  line += left_out_text(report);
  if (tree.failed > 0) line += fmt::format("; {} failed", base::counted(tree.failed, "kernel"));
  if (tree.failed_modules > 0) line += fmt::format("; {} left out", base::counted(tree.failed_modules, "module"));
  if (tree.merged > 0) line += fmt::format("; {} found twice", base::counted(tree.merged, "kernel"));
  if (tree.ignored > 0) line += "; " + ignored_text(tree.ignored, tree.modules);
  if (tree.unselected > 0) line += fmt::format("; {} not selected", tree.unselected);
  if (tree.has_cache)
    line += fmt::format("; cache: {} of {} reused", tree.cached, base::counted(tree.sources, "result"));
  if (!tree.stale.empty()) {
    line += fmt::format("; {} in {} not from this run", base::counted(tree.stale.size(), "file"), report.output);
  }
  if (report.verified) line += "; verified";
  if (report.package && report.package->in_place) line += "; written in place";
  if (tree.pruned > 0) line += fmt::format("; {} removed", base::counted(tree.pruned, "old output"));
  return line;
}

/// Returns "; 2 of 4022 modules needed: btrfs, overlay".
std::string modules_needed_text(const KernelFacts& kernel) {
  if (!kernel.modules || kernel.modules->read == 0) return {};
  constexpr std::size_t most = 5;
  const std::vector<std::string>& needed = kernel.modules->needed;
  std::string text = fmt::format("; {} of {} needed", needed.size(), base::counted(kernel.modules->read, "module"));
  for (std::size_t i = 0; i < std::min(needed.size(), most); ++i) text += (i == 0 ? ": " : ", ") + needed[i];
  return text + (needed.size() > most ? ", ..." : "");
}

}  // namespace

std::string summary_line(const GenReport& report) {
  const RelocationCounts relocations = report.relocations.value_or(RelocationCounts());
  if (report.is_tree) return tree_summary(report, relocations);
  return kernel_summary(*report.kernel, *report.written, relocations) + modules_needed_text(*report.kernel) +
         package_text(report) + left_out_text(report) + (report.verified ? "; verified" : "") +
         (report.written->in_place ? "; written in place" : "");
}

std::string links_note(const GenReport& report) {
  return fmt::format(
      "note: {}; go:embed, the tar reader of BCC's tools and some image\n"
      "      builders skip links; --links=copy writes files instead",
      share_text(report.tree.links, report.tree.outputs, "is a symbolic link", "are symbolic links"));
}

std::string embedding_warning(const GenReport& report, const std::string& go_file) {
  return fmt::format("{}: embeds outputs, but go:embed leaves links out, and {}; --links=copy writes files instead",
                     go_file,
                     share_text(report.tree.links, report.tree.outputs, "is a symbolic link", "are symbolic links"));
}

std::string nothing_pruned_note(const std::string& file) {
  return fmt::format("note: --prune removed nothing: {}, the manifest of the last run, does not exist", file);
}

std::string resolution_line(const ResolutionFacts& facts) {
  const RelocationText& text = facts.text;
  const std::string place = text.program.empty() ? fmt::format("section {}", text.section)
                                                 : fmt::format("{} ({})", text.program, text.section);
  return fmt::format("{}: {} insn {}: {} {}: {}", shown_path(facts.object), place, text.insn, to_string(text.kind),
                     text.subject, outcome(facts));
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
