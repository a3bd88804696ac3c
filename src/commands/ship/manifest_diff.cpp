// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/manifest_diff.hpp"

#include <fmt/format.h>

#include "archive/output/manifest.hpp"
#include "base/short_text.hpp"
#include "cli/console.hpp"

namespace minbtf::cli {

ManifestDiff diff_manifests(const std::string& old_path, const std::string& new_path) {
  const std::vector<archive::ManifestOutput> before = archive::read_manifest(old_path);
  const std::vector<archive::ManifestOutput> after = archive::read_manifest(new_path);
  ManifestDiff diff{.old_path = old_path, .new_path = new_path, .added = {}, .changed = {}, .removed = {}};
  auto old_output = before.begin();
  auto new_output = after.begin();
  while (old_output != before.end() || new_output != after.end()) {
    if (new_output == after.end() || (old_output != before.end() && old_output->path < new_output->path)) {
      diff.removed.push_back(old_output++->path);
    } else if (old_output == before.end() || new_output->path < old_output->path) {
      diff.added.push_back(new_output++->path);
    } else {
      if (old_output->content_hash == new_output->content_hash) {
        ++diff.unchanged;
      } else {
        diff.changed.push_back(new_output->path);
      }
      ++old_output;
      ++new_output;
    }
  }
  return diff;
}

std::vector<std::string> diff_lines(const ManifestDiff& diff) {
  std::vector<std::string> lines = {fmt::format("{} new, {} changed, {} removed",
                                                base::counted(diff.added.size(), "kernel"),
                                                base::counted(diff.changed.size(), "content"), diff.removed.size())};
  for (const std::string& path : diff.added) lines.push_back("new      " + printable(path));
  for (const std::string& path : diff.changed) lines.push_back("changed  " + printable(path));
  for (const std::string& path : diff.removed) lines.push_back("removed  " + printable(path));
  return lines;
}

}  // namespace minbtf::cli
