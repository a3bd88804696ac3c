// SPDX-License-Identifier: BSD-2-Clause
#include "commands/unpack/unpack_report.hpp"

#include <fmt/format.h>

#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

std::string summary_line(const UnpackReport& report) {
  std::string line = fmt::format("{} -> {}: {}, {}", shown_path(report.input), report.output,
                                 base::counted(report.files.size(), "kernel"), size_text(report.bytes));
  if (report.incomplete > 0) line += fmt::format("; {} with types only", report.incomplete);
  if (report.repeated > 0) line += fmt::format("; {} found twice", base::counted(report.repeated, "kernel"));
  if (report.failed > 0) line += fmt::format("; {} failed", report.failed);
  if (report.unselected > 0) line += fmt::format("; {} not selected", report.unselected);
  if (report.unchanged > 0) line += fmt::format("; {} unchanged", report.unchanged);
  return line;
}

}  // namespace minbtf::cli
