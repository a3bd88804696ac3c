// SPDX-License-Identifier: BSD-2-Clause
#include "commands/inspect/inspect_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/short_text.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

namespace {

constexpr std::size_t line_length = 100;
// Texts wider than this do not widen their column.
constexpr std::size_t widest_left = 64;
constexpr std::size_t widest_middle = 48;

/// Returns the need as a phrase about its program or its instructions.
std::string reason(const InspectedNeed& need) {
  const char* const weak = need.weak ? " (weak)" : "";
  switch (need.kind) {
    case NeedKind::function:
      return need.subject.empty() ? "attaches by BTF to a target that its loader names"
                                  : "attaches to a function by BTF";
    case NeedKind::tracepoint:
      return "attaches to a tracepoint by BTF";
    case NeedKind::lsm_hook:
      return "attaches to an LSM hook by BTF";
    case NeedKind::iterator:
      return "attaches to an iterator by BTF";
    case NeedKind::struct_ops:
      return "implements a function of a struct_ops map";
    case NeedKind::kfunc:
      return fmt::format("kernel function {}{}", need.subject, weak);
    case NeedKind::variable:
      return fmt::format("kernel variable {}{}", need.subject, weak);
    case NeedKind::type_id:
      return fmt::format("type id of {}", need.subject);
    case NeedKind::struct_ops_map:
      return fmt::format("struct_ops map {}", need.subject);
  }
  return {};
}

std::string_view base_name(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

/// Returns the part of `subject` after the heading: "real_parent" for "struct task_struct::real_parent" under "struct
/// task_struct". A flavor stays: "___x::q" for "struct request___x::q" under "struct request".
std::string_view under_heading(std::string_view subject, std::string_view heading) {
  if (heading.empty() || !subject.starts_with(heading)) return subject;
  const std::string_view rest = subject.substr(heading.size());
  if (rest.empty()) return "(the type itself)";
  return rest.starts_with("::") ? rest.substr(2) : rest;
}

class Text {
 public:
  Text(const Inspection& object, bool every_place) : object_(object), every_place_(every_place) {}

  std::vector<std::string> lines() && {
    heading();
    for (const InspectedType& type : object_.types) add_type(type);
    add_addresses();
    add_needs();
    return std::move(lines_);
  }

 private:
  void heading() {
    std::string line =
        fmt::format("{}: {}, ", shown_path(object_.name), base::counted(object_.programs.size(), "program"));
    // Little-endian is not printed, because nearly all objects are little-endian.
    if (object_.byte_order == ByteOrder::big) line += "big-endian, ";
    if (object_.relocations == 0) {
      line += "nothing to relocate: " + object_.note;
    } else {
      line += fmt::format("{}, {}", base::counted(object_.relocations, "relocation"),
                          base::counted(object_.questions, "question"));
    }
    lines_.push_back(std::move(line));
    if (!object_.line_damage.empty()) {
      lines_.push_back("  source lines are not known, the line info is damaged: " + object_.line_damage);
    }
  }

  void add_type(const InspectedType& type) {
    lines_.emplace_back();
    lines_.push_back(type.name.empty() ? "  relocations that libbpf refuses" : "  " + type.name);
    std::vector<Row> rows;
    for (const InspectedQuestion& question : type.questions) {
      std::string subject(under_heading(question.subject, type.name));
      if (question.failure != Failure::none) subject += fmt::format(" (refused: {})", to_string(question.failure));
      rows.push_back({.left = std::string(to_string(question.kind)), .middle = subject, .places = &question.places});
    }
    add_rows(rows);
  }

  void add_addresses() {
    if (object_.addresses.empty()) return;
    lines_.emplace_back();
    lines_.emplace_back("  Addresses from /proc/kallsyms, for which no BTF is needed");
    std::vector<Row> rows;
    for (const InspectedAddress& address : object_.addresses) {
      rows.push_back(
          {.left = "variable", .middle = address.name + (address.weak ? " (weak)" : ""), .places = &address.places});
    }
    add_rows(rows);
  }

  void add_needs() {
    lines_.emplace_back();
    if (object_.needs.empty()) {
      lines_.emplace_back("  Needs the kernel's own BTF: nothing");
      return;
    }
    lines_.emplace_back("  Needs the kernel's own BTF, even with a shipped BTF");
    std::vector<Row> rows;
    for (const InspectedNeed& need : object_.needs) {
      rows.push_back({.left = need.program ? program_text(*need.program) : "the object",
                      .middle = reason(need),
                      .places = &need.places,
                      .program_in_left = true});
    }
    add_rows(rows);
    switch (object_.without_btf) {
      case WithoutBtf::loads:
        break;
      case WithoutBtf::loads_others:
        lines_.emplace_back(
            "    On a kernel without BTF, libbpf does not load the object unless the programs that attach by BTF");
        lines_.emplace_back("    are switched off (bpf_program__set_autoload()).");
        break;
      case WithoutBtf::fails:
        lines_.emplace_back(
            "    On a kernel without BTF, libbpf does not load the object, even with programs switched off.");
        break;
    }
  }

  std::string program_text(std::size_t index) const {
    const InspectedProgram& program = object_.programs[index];
    if (program.subprogram) return fmt::format("{} ({})", program.name, callers_text(program));
    return fmt::format("{} ({})", program.name, program.section);
  }

  [[nodiscard]] std::string callers_text(const InspectedProgram& subprogram) const {
    if (subprogram.callers.empty()) return "subprogram";
    std::string text = "called by " + object_.programs[subprogram.callers.front()].name;
    if (subprogram.callers.size() > 1) text += fmt::format(", +{} more", subprogram.callers.size() - 1);
    return text;
  }

  std::string place_text(const SourcePlace& place, bool program_in_left) const {
    std::string text;
    if (!place.program) {
      text = fmt::format("section {} ", place.section);
    } else if (!program_in_left) {
      text = object_.programs[*place.program].name + " ";
    }
    text += fmt::format("insn {}", place.insn);
    if (!place.file.empty()) text += fmt::format(" ({}:{})", base_name(place.file), place.line);
    return text;
  }

  struct Row {
    std::string left;
    std::string middle;
    const std::vector<SourcePlace>* places;
    bool program_in_left = false;  ///< then `places` are printed without their program
  };

  static std::size_t width(const std::vector<Row>& rows, std::string Row::*column, std::size_t most) {
    std::size_t widest = 0;
    for (const Row& row : rows) {
      if ((row.*column).size() <= most) widest = std::max(widest, (row.*column).size());
    }
    return widest;
  }

  /// Adds rows in aligned columns. A part that does not fit in the line goes to the next line.
  void add_rows(const std::vector<Row>& rows) {
    const std::size_t left = width(rows, &Row::left, widest_left);
    const std::size_t middle = width(rows, &Row::middle, widest_middle);
    for (const Row& row : rows) {
      std::string line = fmt::format("    {:<{}}  ", row.left, left);
      if (row.left.size() > left) {
        lines_.push_back(fmt::format("    {}", row.left));
        line.assign(left + 6, ' ');
      }
      line += row.middle;
      add_places(std::move(line), left + 6 + middle, row);
    }
  }

  void add_places(std::string line, std::size_t column, const Row& row) {
    const std::vector<SourcePlace>& places = *row.places;
    if (every_place_ || places.empty()) {
      lines_.push_back(std::move(line));
      for (const SourcePlace& place : places) lines_.push_back("        " + place_text(place, row.program_in_left));
      return;
    }
    std::string where = place_text(places.front(), row.program_in_left);
    if (places.size() > 1) where += fmt::format(", +{} more", places.size() - 1);
    line.resize(std::max(line.size(), column), ' ');
    if (line.size() + 2 + where.size() <= line_length) {
      lines_.push_back(line + "  " + where);
    } else {
      lines_.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
      lines_.push_back("        " + where);
    }
  }

  const Inspection& object_;
  bool every_place_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> inspect_lines(const Inspection& object, bool every_place) {
  return Text(object, every_place).lines();
}

std::string inspect_total(const std::vector<Inspection>& objects, std::size_t questions) {
  std::size_t relocations = 0;
  for (const Inspection& object : objects) relocations += object.relocations;
  const auto needing = static_cast<std::size_t>(
      std::ranges::count_if(objects, [](const Inspection& object) { return !object.needs.empty(); }));
  return fmt::format("{}: {}, {}; {} the kernel's own BTF", base::counted(objects.size(), "object"),
                     base::counted(relocations, "relocation"), base::counted(questions, "different question"),
                     needing == 1 ? "1 needs" : fmt::format("{} need", needing));
}

}  // namespace minbtf::cli
