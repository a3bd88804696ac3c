#include "cli/gen_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/words.hpp"

namespace minbtf::cli {

namespace {

using report::counted;

std::string outcome(const ResolutionFacts& facts) {
  const Resolution& resolution = facts.resolution;
  switch (resolution.status) {
    case Status::resolved:
      return resolution.load_size == 0 ? fmt::format("{}", resolution.value)
                                       : fmt::format("{}, {}-byte access", resolution.value, resolution.load_size);
    case Status::poisoned:
      return facts.why ? fmt::format("poisoned ({})", to_string(*facts.why)) : "poisoned";
    case Status::failed:
      return fmt::format("fails: {}", to_string(resolution.failure));
  }
  return {};
}

}  // namespace

RelocationCounts count(const Plan& plan, const Resolutions& resolutions) {
  const ResolutionCounts counts = resolutions.counts();
  const auto failures = resolutions.failures();
  const auto is_about_candidates = [](const Resolution& failed) { return is_ambiguous(failed.failure); };
  return {.total = resolutions.size(),
          .resolved = counts.resolved,
          .poisoned = counts.poisoned,
          .failed = counts.failed,
          .ambiguous = static_cast<std::size_t>(std::ranges::count_if(failures, is_about_candidates)),
          .questions = plan.question_count()};
}

std::string kernel_summary(const KernelFacts& kernel, const OutputFacts& output, const RelocationCounts& relocations) {
  return fmt::format("{}: {} -> {} bytes, {}, {}; {}: {} resolved, {} poisoned, {} failing", kernel.path, kernel.bytes,
                     output.bytes, counted(output.types, "type"), counted(output.members, "member"),
                     counted(relocations.total, "relocation"), relocations.resolved, relocations.poisoned,
                     relocations.failed);
}

std::string resolution_line(const ResolutionFacts& facts) {
  const RelocationText& text = facts.text;
  const std::string place = text.program.empty() ? fmt::format("section {}", text.section)
                                                 : fmt::format("{} ({})", text.program, text.section);
  return fmt::format("{}: {} insn {}: {} {}: {}", facts.object, place, text.insn, to_string(text.kind), text.subject,
                     outcome(facts));
}

}  // namespace minbtf::cli
