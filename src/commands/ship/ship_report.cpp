// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/ship_report.hpp"

#include <fmt/format.h>

#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

namespace {

std::string names_text(const Artifact& artifact) {
  std::string text = base::counted(artifact.files.size(), "name");
  if (artifact.aliases != 0)
    text += fmt::format(" ({} of them {})", artifact.aliases, artifact.aliases == 1 ? "an alias" : "aliases");
  if (artifact.contents) text += ", " + base::counted(*artifact.contents, "distinct content");
  return text;
}

std::string bytes_text(const Artifact& artifact) {
  std::string text = size_text(artifact.bytes);
  if (artifact.contents) {
    text += fmt::format(", {} of BTF in it", size_text(artifact.file_bytes));
    if (artifact.aliases != 0) text += fmt::format(", {} for aliases", size_text(artifact.alias_bytes));
    return text;
  }
  if (!artifact.is_directory) text += fmt::format(", {} of files in it", size_text(artifact.file_bytes));
  if (artifact.aliases != 0) text += fmt::format(", {} of these for aliases", size_text(artifact.alias_bytes));
  return text;
}

}  // namespace

std::vector<std::string> ship_lines(const ShipReport& report) {
  std::vector<std::string> lines;
  for (const Artifact& artifact : report.artifacts) {
    for (std::size_t i = 0; report.verbose && i < artifact.files.size(); ++i) {
      const ShippedFile& file = artifact.files[i];
      lines.push_back(printable(fmt::format("{}: {}, {} <- {}", file.path, base::counted(file.bytes, "byte"),
                                            file.is_alias ? "alias" : "own name", file.kernel)));
    }
    lines.push_back(
        printable(fmt::format("{} -> {}: {}, {}; {}", shown_path(report.reduced), shown_path(artifact.path),
                              base::counted(artifact.kernels, "kernel"), names_text(artifact), bytes_text(artifact))));
  }
  return lines;
}

}  // namespace minbtf::cli
