// SPDX-License-Identifier: BSD-2-Clause
#include "commands/pack/pack_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "archive/input/architecture.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/release.hpp"
#include "cli/standard_streams.hpp"
#include "pack/format.hpp"
#include "pack/stored_pack.hpp"

namespace minbtf::cli {

namespace {

/// Returns "97.4 MB -> 1.5 MB (1.6%)".
std::string sizes_text(std::uint64_t bytes, std::uint64_t pack_bytes) {
  std::string text = size_text(bytes) + " -> " + size_text(pack_bytes);
  if (bytes != 0)
    text += fmt::format(" ({:.1f}%)", 100.0 * static_cast<double>(pack_bytes) / static_cast<double>(bytes));
  return text;
}

}  // namespace

namespace {

/// Returns "2 files added, 1 file replaced".
std::string changes_text(const PackReport& report) {
  const UpdateFigures& update = report.update;
  std::string text;
  const auto add = [&](std::size_t files, const char* what) {
    if (files != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", base::counted(files, "file"), what);
  };
  add(update.added, "added");
  add(update.replaced, "replaced");
  add(update.removed, "removed");
  add(update.already_there, "already there");
  if (report.is_rebuilt) text += text.empty() ? "rebuilt" : ", rebuilt";
  if (!text.empty()) return text;
  return report.is_removal ? "nothing removed" : "nothing added";
}

}  // namespace

void set_pack(PackReport& report, std::span<const std::uint8_t> bytes) {
  const pack::StoredPack pack(bytes, report.output);
  report.pack_bytes = bytes.size();
  report.segments = pack.segments().size();
  report.kernels = 0;
  report.kernel_bytes = 0;
  std::set<std::uint32_t> verbatim;
  for (const pack::PackedSource& source : pack.catalog().sources) {
    for (const pack::PackedMember& member : source.members) {
      const pack::PackedKernel& kernel = pack.catalog().kernels[member.kernel];
      ++report.kernels;
      report.kernel_bytes += kernel.bytes;
      if (kernel.form == pack::PackedKernel::Form::verbatim) verbatim.insert(member.kernel);
    }
  }
  report.verbatim = verbatim.size();
}

std::string summary_line(const PackReport& report) {
  const PackFigures& figures = report.figures;
  std::string line = shown_path(report.output);
  if (!report.inputs.empty()) {
    const std::string input =
        report.inputs.size() == 1 ? report.inputs.front() : base::counted(report.inputs.size(), "input");
    line = input + " -> " + line;
  }
  line += ": ";
  if (report.was_there) line += changes_text(report) + "; ";
  line += fmt::format("{}, {}; {} verbatim", base::counted(report.kernels, "kernel"),
                      sizes_text(report.kernel_bytes, report.pack_bytes), report.verbatim);
  if (figures.merged > 0) line += fmt::format("; {} found twice", base::counted(figures.merged, "file"));
  if (figures.ignored > 0) line += "; " + ignored_text(figures.ignored, figures.modules);
  if (figures.unselected > 0) line += fmt::format("; {} not selected", figures.unselected);
  return line;
}

namespace {

/// Returns the path that names the kernel: that of the member, unless the member is named after its source.
std::string naming_path(const pack::PackedSource& source, const pack::PackedMember& member) {
  const bool is_named_by_source =
      member.path.empty() || (!source.path.empty() && archive::is_named_by_tar(member.path));
  if (is_named_by_source) return source.path;
  return archive::joined_path(archive::directory_of(source.path), member.path);
}

std::string architecture_in(std::string_view path) {
  for (path = archive::directory_of(path); !path.empty(); path = archive::directory_of(path)) {
    const auto* const architecture = archive::find_architecture(archive::file_name_of(path));
    if (architecture != nullptr) return std::string(architecture->name);
  }
  return {};
}

void add_kernels(const pack::Catalog& catalog, PackList& list) {
  std::set<std::uint32_t> seen;
  for (const pack::PackedSource& source : catalog.sources) {
    list.ignored += source.ignored + source.others.size();
    list.modules += source.modules;
    list.modules += static_cast<std::size_t>(std::ranges::count_if(source.others, &pack::PackedOther::is_module));
    if (!source.members.empty()) ++list.sources;
    for (const pack::PackedMember& member : source.members) {
      const std::string path = naming_path(source, member);
      const pack::PackedKernel& kernel = catalog.kernels[member.kernel];
      list.kernels.push_back({.path = archive::joined_path(source.path, member.path),
                              .architecture = architecture_in(path),
                              .release = text_of(parse_release(archive::output_path(path))),
                              .source = &source,
                              .member = &member,
                              .kernel = &kernel});
      list.bytes += kernel.bytes;
      if (!seen.insert(member.kernel).second) continue;
      ++list.distinct;
      if (kernel.form == pack::PackedKernel::Form::verbatim) ++list.verbatim;
    }
  }
}

}  // namespace

PackList list_of(const pack::Pack& pack) {
  PackList list = {.path = pack.file().name(),
                   .pack_bytes = pack.file().size(),
                   .is_types_only = (pack.file().flags() & pack::flag_types_only) != 0,
                   .ignored = static_cast<std::size_t>(pack.catalog().ignored()),
                   .modules = static_cast<std::size_t>(pack.catalog().modules())};
  add_kernels(pack.catalog(), list);
  std::map<pack::SectionType, SectionFigures> by_type;
  for (const pack::Section& section : pack.file().sections()) {
    SectionFigures& figures = by_type[section.type];
    figures.type = pack::to_string(section.type);
    ++figures.sections;
    figures.stored += section.stored;
    figures.raw_bytes += section.raw_bytes;
  }
  for (auto& [type, figures] : by_type) list.sections.push_back(std::move(figures));
  return list;
}

namespace {

/// Rows of cells, as lines. Cells of a column with `is_number` are aligned at the right.
std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows,
                                 const std::vector<bool>& is_number) {
  std::vector<std::size_t> widths(is_number.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) line += "  ";
      const std::string blanks(widths[i] - row[i].size(), ' ');
      line += is_number[i] ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::vector<std::string> list_lines(const PackList& list) {
  std::vector<std::vector<std::string>> rows;
  for (const ListedKernel& each : list.kernels) {
    const bool is_verbatim = each.kernel->form == pack::PackedKernel::Form::verbatim;
    rows.push_back({printable(each.path), each.architecture.empty() ? "-" : each.architecture, printable(each.release),
                    base::counted(each.kernel->bytes, "byte"), base::counted(each.kernel->types, "type"),
                    is_verbatim ? "verbatim" : ""});
  }
  std::vector<std::string> lines = aligned(rows, {false, false, false, true, true, false});
  if (!lines.empty()) lines.emplace_back();
  lines.push_back(printable(fmt::format("{}: {} ({} distinct) in {}, {}; {}; {} verbatim", shown_path(list.path),
                                        base::counted(list.kernels.size(), "kernel"), list.distinct,
                                        base::counted(list.sources, "file"), sizes_text(list.bytes, list.pack_bytes),
                                        list.is_types_only ? "types only" : "everything", list.verbatim)));
  rows.clear();
  for (const SectionFigures& each : list.sections) {
    rows.push_back({"  " + printable(each.type), base::counted(each.sections, "section"),
                    fmt::format("{} bytes stored", each.stored), fmt::format("{} bytes raw", each.raw_bytes)});
  }
  for (std::string& line : aligned(rows, {false, true, true, true})) lines.push_back(std::move(line));
  return lines;
}

}  // namespace minbtf::cli
