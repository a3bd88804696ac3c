// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/select_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/short_text.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

namespace {

/// Most kernels that a list of paths names.
constexpr std::size_t most_paths = 5;

/// Returns "A, B and 3 more". Kernels of a bundle can differ in their build only.
std::string paths_text(const std::vector<ReportedKernel>& kernels) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kernels.size(), most_paths); ++i) {
    const ReportedKernel& kernel = kernels[i];
    shown.push_back(kernel.build.empty() ? kernel.path : fmt::format("{} (build {})", kernel.path, kernel.build));
  }
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (kernels.size() > most_paths) text += fmt::format(" and {} more", kernels.size() - most_paths);
  return text;
}

std::string line_of_answer(const SelectReport& report) {
  std::string line = fmt::format("{}: {}: {} ({}); {}", shown_path(report.reduced), paths_text(report.kernels),
                                 report.reason, report.reason_text, base::counted(report.bytes, "byte"));
  if (report.is_x86_64_for_i386) line += "; the BTF is that of an x86_64 kernel";
  if (report.is_same_build) line += "; only kernels of this build count";
  if (!report.is_original) line += "; types only, from a pack";
  if (report.output) line += fmt::format(" -> {}", shown_path(*report.output));
  return line;
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string os_release_text(const ReportedSystem& system) {
  if (system.os_release.empty()) return fmt::format("unknown ({})", system.os_release_note);
  std::string text = fmt::format("ID {}, VERSION_ID {}", or_unknown(system.id), or_unknown(system.version_id));
  if (!system.id_like.empty()) text += fmt::format(", ID_LIKE {}", system.id_like);
  return text + fmt::format(" ({})", shown_path(system.os_release));
}

/// Returns the lines if there is no answer: the reason, and a line for each value that was used.
std::vector<std::string> lines_of_failure(const SelectReport& report) {
  constexpr std::size_t most_refused = 20;
  std::vector<std::string> lines;
  const auto add = [&](std::string_view name, const std::string& text) {
    lines.push_back(fmt::format("  {:<10}  {}", name, text));
  };
  lines.push_back(fmt::format("{}: no BTF: {} ({})", shown_path(report.reduced), report.reason, report.reason_text));
  add("machine", or_unknown(report.system.machine));
  add("release", or_unknown(report.system.release));
  add("build", or_unknown(report.system.build));
  add("os-release", os_release_text(report.system));
  if (!report.kernels.empty()) add("between", paths_text(report.kernels));
  for (std::size_t i = 0; i < std::min(report.refused.size(), most_refused); ++i) {
    add("refused", fmt::format("{}: {}", report.refused[i].path, report.refused[i].reason));
  }
  if (report.refused.size() > most_refused) {
    add("refused", fmt::format("and {} more; --json lists them", report.refused.size() - most_refused));
  }
  if (!report.nearest_text.empty()) add("--nearest", report.nearest_text);
  for (const std::string& path : report.nearest) add("nearest", fmt::format("{} (not used)", path));
  return lines;
}

}  // namespace

std::vector<std::string> select_lines(const SelectReport& report) {
  std::vector<std::string> lines =
      report.is_found ? std::vector<std::string>{line_of_answer(report)} : lines_of_failure(report);
  for (std::string& line : lines) line = printable(line);
  return lines;
}

}  // namespace minbtf::cli
