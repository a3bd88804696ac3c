// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/verify_text.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/short_text.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

namespace {

/// Returns which other programs have to be loaded for the difference to appear, besides the record's `own` program.
std::string conditions(const Plan& plan, const Difference& difference, const std::string& own) {
  if (difference.programs.size() < 2) return "";
  std::vector<std::string> others;
  for (const std::size_t program : difference.programs) {
    const std::string& name = plan.objects()[difference.object].programs()[program].name;
    if (name != own) others.push_back(name);
  }
  return fmt::format(" (if {} {} loaded, too)", fmt::join(others, ", "), others.size() == 1 ? "is" : "are");
}

std::string compared(std::size_t relocations, std::size_t kept) {
  const std::string also = kept == 0 ? "" : " and " + base::counted(kept, "part") + " kept by name";
  return base::counted(relocations, "relocation") + also + " compared";
}

/// Returns the result in words, beginning with what decides the exit status.
std::string verdict(const VerifyFigures& figures) {
  std::vector<std::string> parts;
  if (figures.failed != 0) parts.push_back(fmt::format("{} failed", figures.failed));
  if (figures.without_loader_result != 0)
    parts.push_back(fmt::format("{} not relocated by libbpf's loader", figures.without_loader_result));
  if (figures.missing != 0) parts.push_back(fmt::format("{} missing in REDUCED", figures.missing));
  if (figures.refused != 0) parts.push_back(fmt::format("{} not read by libbpf", figures.refused));
  if (figures.loader_differences != 0 && figures.differences == 0) parts.emplace_back("libbpf's loader disagrees");
  if (figures.kept_differences != 0) {
    parts.push_back(fmt::format("{} kept by name {} in {}", base::counted(figures.kept_differences, "part"),
                                figures.kept_differences == 1 ? "differs" : "differ",
                                base::counted(figures.kept_different, "kernel")));
  }
  if (figures.differences != 0) {
    parts.push_back(fmt::format("{} in {}", base::counted(figures.differences, "difference"),
                                base::counted(figures.deciding, "kernel")));
  } else if (figures.relocations == 0 && figures.kept == 0) {
    parts.emplace_back("nothing compared");
  } else {
    parts.emplace_back(parts.empty() ? "no difference" : "no difference otherwise");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string difference_line(const Plan& plan, const std::string& kernel, const Difference& difference) {
  const RelocationText text = plan.describe(difference.object, difference.relocation);
  const std::string loader = difference.loader.empty() ? "" : fmt::format("for {} ", difference.loader);
  return fmt::format("{}: {}: {} ({}) insn {}: {} {}: {}FULL {}, REDUCED {}{}", shown_path(kernel),
                     shown_path(plan.objects()[difference.object].name()), text.program, text.section, text.insn,
                     to_string(text.kind), difference.subject, loader, difference.full.text, difference.reduced.text,
                     conditions(plan, difference, text.program));
}

std::string loader_line(const Plan& plan, const std::string& kernel, const libbpf::LoaderDifference& difference) {
  return fmt::format("{}: {}: {} relocation #{}: libbpf's loader reports '{}', with REDUCED '{}'", shown_path(kernel),
                     shown_path(plan.objects()[difference.object].name()), difference.program, difference.record,
                     difference.full, difference.reduced);
}

std::vector<std::string> difference_lines(const Plan& plan, const VerifiedKernel& kernel, bool verbose) {
  const std::string_view hint = verbose ? "" : "; -v lists them";
  const std::string name = shown_path(kernel.kernel);
  std::vector<std::string> lines;
  if (kernel.missing) lines.push_back(fmt::format("{}: missing in REDUCED: no {}", name, kernel.reduced));
  if (!kernel.refusal.empty()) {
    lines.push_back(
        fmt::format("{}: libbpf does not read REDUCED: {}: {}", name, shown_path(kernel.reduced), kernel.refusal));
  }
  if (!kernel.comparison) return lines;
  const auto& differences = *kernel.first_differences;
  for (const Difference& each : differences) lines.push_back(difference_line(plan, kernel.kernel, each));
  if (differences.size() < kernel.differences) {
    lines.push_back(fmt::format("{}: and {}{}", name,
                                base::counted(kernel.differences - differences.size(), "more difference"), hint));
  }
  for (const KeptDifference& each : kernel.comparison->kept_differences) {
    lines.push_back(fmt::format("{}: kept {}: {}", name, base::short_text(plan.keeps()[each.keep].text()), each.text));
  }
  if (verbose) {
    const auto& notes = *kernel.first_notes;
    for (const Difference& each : notes) lines.push_back("note: " + difference_line(plan, kernel.kernel, each));
    if (notes.size() < kernel.notes) {
      lines.push_back(fmt::format("note: {}: and {} more", name, kernel.notes - notes.size()));
    }
  }
  if (!kernel.loader) return lines;
  const auto& others = kernel.loader->differences;
  for (const libbpf::LoaderDifference& each : others) lines.push_back(loader_line(plan, kernel.kernel, each));
  if (others.size() < kernel.loader_differences) {
    lines.push_back(fmt::format("{}: and {} of libbpf's loader{}", name,
                                base::counted(kernel.loader_differences - others.size(), "more difference"), hint));
  }
  return lines;
}

std::string kernel_line(const VerifiedKernel& kernel) {
  const std::string name = shown_path(kernel.kernel);
  if (kernel.missing) return fmt::format("{}: missing", name);
  if (!kernel.comparison) return fmt::format("{}: not compared", name);
  const std::size_t differences = kernel.differences + kernel.comparison->kept_differences.size();
  const std::string loader = !kernel.loader ? ""
                                            : fmt::format("; libbpf's loader: {} of {}, {}",
                                                          base::counted(kernel.loader->relocations, "relocation"),
                                                          base::counted(kernel.loader->objects, "object"),
                                                          base::counted(kernel.loader_differences, "difference"));
  return fmt::format("{}: {}; {}; {} and {} bytes{}", name,
                     differences != 0         ? base::counted(differences, "difference")
                     : kernel.refusal.empty() ? "the same"
                                              : "refused by libbpf",
                     compared(kernel.comparison->relocations, kernel.comparison->kept.size()), kernel.full_bytes,
                     kernel.reduced_bytes, loader);
}

std::string note_line(const VerifyReport& report) {
  const VerifyFigures figures = figures_of(report);
  if (figures.notes == 0) return "";
  return fmt::format(
      "note: on 64-bit kernels, {} in {} differ{} for 32-bit loaders only, because an INT named long is missing;\n"
      "      --loaders=all counts {}",
      base::counted(figures.notes, "relocation"), base::counted(figures.noted, "kernel"), figures.notes == 1 ? "s" : "",
      figures.notes == 1 ? "it as a difference" : "them as differences");
}

std::string summary_line(const VerifyReport& report, std::size_t objects) {
  const VerifyFigures figures = figures_of(report);
  std::string text = fmt::format("{} and {}: {}, {}; {}; {}", shown_path(report.full), shown_path(report.reduced),
                                 base::counted(figures.compared, "kernel"), base::counted(objects, "object"),
                                 compared(figures.relocations, figures.kept), verdict(figures));
  if (figures.has_loader) {
    text += fmt::format("; libbpf's loader: {}, {}", base::counted(figures.loader_relocations, "relocation"),
                        base::counted(figures.loader_differences, "difference"));
    if (figures.loader_stops != 0)
      text += fmt::format(", {} not relocated", base::counted(figures.loader_stops, "load"));
  }
  if (!report.extra.empty())
    text += fmt::format("; {} in REDUCED without a kernel in FULL", base::counted(report.extra.size(), "file"));
  if (report.unselected != 0) text += fmt::format("; {} not selected", report.unselected);
  return text;
}

}  // namespace minbtf::cli
