// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "base/short_text.hpp"
#include "cli/standard_streams.hpp"
#include "commands/objects/objects_report.hpp"

namespace minbtf::cli {

namespace {

std::string place_text(const archive::ObjectPlace& place) {
  std::string text = shown_path(place.file);
  if (!place.member.empty()) text += ": " + place.member;
  if (place.is_whole) return text;
  text += " at " + base::hex(place.offset);
  std::string names = place.section;
  if (!place.symbol.empty()) names += (names.empty() ? "" : ", ") + place.symbol;
  return names.empty() ? text : text + " (" + names + ")";
}

std::string facts_text(const archive::FoundObject& object) {
  std::string text = fmt::format("{} bytes", object.bytes.size());
  if (object.byte_order == ByteOrder::big) text += ", big-endian";
  if (!object.damage.empty()) return text + ", damaged: " + object.damage;
  text += ", " + base::counted(object.programs, "program");
  return text + ", " + (object.note.empty() ? base::counted(object.relocations, "relocation") : object.note);
}

std::string total_text(const ObjectsReport& report) {
  std::size_t places = 0;
  for (const archive::FoundObject& object : report.objects) places += object.places.size();
  std::string text =
      fmt::format("{} in {}", base::counted(report.objects.size(), "object"), base::counted(report.files, "file"));
  if (!report.written.empty()) text += " -> " + report.directory;
  if (places > report.objects.size()) text += fmt::format("; {} found again", places - report.objects.size());
  if (!report.files_without_objects.empty()) {
    text += fmt::format("; {} without an object", base::counted(report.files_without_objects.size(), "file"));
  }
  return text;
}

}  // namespace

std::vector<std::string> objects_lines(const ObjectsReport& report, bool all_places) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < report.objects.size(); ++i) {
    const archive::FoundObject& object = report.objects[i];
    std::string line =
        fmt::format("{}: {}; in {}", report.names[i], facts_text(object), place_text(object.places.front()));
    const std::size_t others = object.places.size() - 1;
    if (others > 0 && !all_places) line += fmt::format(" and {}", base::counted(others, "other place"));
    lines.push_back(line);
    for (std::size_t j = 1; all_places && j <= others; ++j)
      lines.push_back("  also in " + place_text(object.places[j]));
  }
  lines.push_back(total_text(report));
  return lines;
}

}  // namespace minbtf::cli
