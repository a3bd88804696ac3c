// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/preset_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "archive/ship/path_template.hpp"
#include "archive/ship/preset.hpp"

namespace minbtf::cli {

namespace {

std::string_view aliases_text(const archive::Preset& preset) {
  if (!archive::PathTemplate(preset.path).has(archive::PathField::id)) return "none: the path has no ID";
  return preset.release_aliases ? "from the release, and those of --alias" : "only those of --alias";
}

}  // namespace

std::vector<std::string> preset_lines() {
  std::vector<std::string> lines;
  for (const archive::Preset& preset : archive::presets()) {
    if (!lines.empty()) lines.emplace_back();
    lines.push_back(fmt::format("{}: {}", preset.name, preset.consumer));
    lines.push_back(fmt::format("  makes    {}", preset.makes));
    lines.push_back(fmt::format("  path     {}", preset.path));
    if (!preset.special_path.empty()) lines.push_back(fmt::format("           {}", preset.special_path));
    lines.push_back(fmt::format("  aliases  {}", aliases_text(preset)));
    for (std::string_view note = preset.note; !note.empty();) {
      const std::size_t end = std::min(note.find('\n'), note.size());
      lines.push_back(fmt::format("  {}", note.substr(0, end)));
      note.remove_prefix(std::min(end + 1, note.size()));
    }
  }
  return lines;
}

}  // namespace minbtf::cli
