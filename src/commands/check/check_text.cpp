// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check_text.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "cli/standard_streams.hpp"
#include "commands/check/check_result.hpp"
#include "commands/check/module_types_text.hpp"
#include "commands/check/paragraph.hpp"
#include "object/object_data.hpp"

namespace minbtf::cli {

namespace {

// Longest lists without -v.
constexpr std::size_t few_places = 8;    ///< kernels on which an object relocates or is guarded
constexpr std::size_t many_places = 40;  ///< kernels on which an object fails or is not guarded
constexpr std::size_t most_subjects = 4;
constexpr std::size_t most_programs = 4;
constexpr std::size_t most_instructions = 3;

std::string_view words_of(Standing standing) {
  switch (standing) {
    case Standing::relocates:
      return "relocates";
    case Standing::guarded:
      return "poisoned, guarded";
    case Standing::poisoned:
      return "poisoned, NOT guarded";
    case Standing::fails:
      return "fails";
  }
  return "";
}

/// Outcomes of an object that have the same text.
struct Entry {
  Standing standing = Standing::relocates;
  std::vector<CheckRow> rows;
  std::vector<bool> outcomes;  ///< a flag for each outcome of the object
};

class Printer {
 public:
  Printer(const CheckResult& result, const CheckTextOptions& options) : result_(result), options_(options) {
    std::map<std::string_view, int> times;
    for (const BpfObject& object : result.objects()) ++times[archive::file_name_of(object.name())];
    for (const BpfObject& object : result.objects()) {
      const std::string_view name = archive::file_name_of(object.name());
      names_.emplace_back(times[name] == 1 ? name : std::string_view(object.name()));
    }
  }

  std::vector<std::string> run() {
    for (std::size_t object = 0; object < names_.size(); ++object) print_object(object);
    append(module_types_text(result_, options_.verbose));
    print_registers();
    print_summary();
    return std::move(lines_);
  }

 private:
  void append(std::vector<std::string> lines) { std::ranges::move(lines, std::back_inserter(lines_)); }

  [[nodiscard]] bool is_one_kernel() const { return result_.kernels().size() == 1; }
  [[nodiscard]] std::string all_kernels() const {
    return is_one_kernel() ? shown_path(result_.path(0)) : "all " + base::counted(result_.kernels().size(), "kernel");
  }

  /// Returns the kernels that an object is used for, in words.
  [[nodiscard]] std::string all_kernels_of(std::size_t object) const {
    const std::vector<bool> used = result_.kernels_of(object);
    const auto count = static_cast<std::size_t>(std::ranges::count(used, true));
    if (count == result_.kernels().size()) return all_kernels();
    if (count == 1) {
      return shown_path(result_.path(static_cast<std::size_t>(std::ranges::find(used, true) - used.begin())));
    }
    std::string names;
    for (const std::string& name : result_.kernels().architectures(used)) names += (names.empty() ? "" : ", ") + name;
    return "all " + base::counted(count, "kernel") + " of " + (names.empty() ? "its architecture" : names);
  }

  void print_object(std::size_t object) {
    const BpfObject& bpf = result_.objects()[object];
    if (result_.is_unused(object)) {
      lines_.push_back(names_[object] + ": no kernel of its architecture");
      return;
    }
    std::vector<Entry> entries = entries_of(object);
    const bool always_relocates =
        entries.size() == 1 && entries.front().standing == Standing::relocates && entries.front().rows.empty();
    if (bpf.relocation_count() == 0 && always_relocates) {
      lines_.push_back(names_[object] + ": nothing to relocate: " + bpf.note());
      return;
    }
    const std::size_t programs = result_.programs(object).size();
    if (always_relocates) {
      lines_.push_back(names_[object] + ": " + base::counted(programs, "program") +
                       (programs == 1 ? " relocates on " : " relocate on ") + all_kernels_of(object));
      return;
    }
    lines_.push_back(names_[object] + ": " + base::counted(programs, "program"));
    for (const Entry& entry : entries) print_entry(object, entry);
  }

  [[nodiscard]] std::vector<Entry> entries_of(std::size_t object) const {
    const std::vector<ObjectOutcome>& outcomes = result_.outcomes(object);
    std::map<std::vector<std::string>, std::size_t> known;
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      std::vector<CheckRow> rows = rows_of(result_, outcomes[i]);
      if (!options_.verbose) {
        // A guard that depends on read-only data is printed without -v too: another value in the data ends it.
        std::erase_if(rows,
                      [](const CheckRow& row) { return row.standing == Standing::guarded && row.conditions.empty(); });
        rows = merged(std::move(rows));
      }
      std::vector<std::string> look = {std::string(words_of(outcomes[i].standing))};
      for (const CheckRow& row : rows) std::ranges::move(text_of(object, row), std::back_inserter(look));
      const auto [entry, is_new] = known.try_emplace(std::move(look), entries.size());
      if (is_new) {
        entries.push_back({.standing = outcomes[i].standing,
                           .rows = std::move(rows),
                           .outcomes = std::vector<bool>(outcomes.size())});
      }
      entries[entry->second].outcomes[i] = true;
    }
    std::ranges::stable_sort(entries, std::ranges::greater{}, &Entry::standing);
    return entries;
  }

  void print_entry(std::size_t object, const Entry& entry) {
    Paragraph text("  " + std::string(words_of(entry.standing)), 6);
    add_kernels(object, result_.kernels_of(object, entry.outcomes), entry.standing, text);
    append(text.take());
    Standing standing = entry.standing;
    const CheckRow* const last = last_in_text(object, entry.rows);
    for (const CheckRow& row : entry.rows) {
      if (row.standing != standing) lines_.push_back("    and " + std::string(words_of(row.standing)) + ":");
      standing = row.standing;
      append(text_of(object, row));
      if (&row == last) append(text_section_note(object));
    }
  }

  /// Returns true if the row is a failure in a function of `.text`: libbpf then loads no program of the object.
  [[nodiscard]] bool fails_all_programs(std::size_t object, const CheckRow& row, std::size_t function) const {
    return row.standing == Standing::fails && row.reason != Reason::other_byte_order &&
           object::data_of(result_.objects()[object]).is_subprogram(function);
  }

  /// Returns the last row with a failure in `.text`; null if there is none.
  [[nodiscard]] const CheckRow* last_in_text(std::size_t object, const std::vector<CheckRow>& rows) const {
    const auto found = std::ranges::find_if(rows.rbegin(), rows.rend(), [&](const CheckRow& row) {
      return std::ranges::any_of(row.places,
                                 [&](const auto& each) { return fails_all_programs(object, row, each.first); });
    });
    return found == rows.rend() ? nullptr : &*found;
  }

  /// Explains why a failure in `.text` also fails programs that do not call the function.
  [[nodiscard]] std::vector<std::string> text_section_note(std::size_t object) const {
    const std::size_t programs = result_.programs(object).size();
    Paragraph text("     ", 10);
    text.add_words("libbpf relocates all of .text, also functions that no program calls" +
                   (programs == 1   ? std::string()
                    : programs == 2 ? ": both programs fail"
                                    : ": all " + std::to_string(programs) + " programs fail"));
    return text.take();
  }

  void add_kernels(std::size_t object, const std::vector<bool>& chosen, Standing standing, Paragraph& text) const {
    const KernelList& kernels = result_.kernels();
    const auto count = static_cast<std::size_t>(std::ranges::count(chosen, true));
    const auto used = static_cast<std::size_t>(std::ranges::count(result_.kernels_of(object), true));
    if (count == used) {
      text.add(": ", all_kernels_of(object));
      return;
    }
    const std::vector<KernelGroup> groups = kernels.groups(chosen);
    const std::vector<std::string> architectures = kernels.architectures(chosen);
    if (groups.size() > 1 && !architectures.empty()) {
      std::string names;
      for (const std::string& name : architectures) names += (names.empty() ? "" : ", ") + name;
      text.add(": ", "all " + base::counted(count, "kernel") + " of " + names);
      return;
    }
    text.add(", ", std::to_string(count) + " of " + base::counted(used, "kernel"));
    add_groups(groups, standing, text);
  }

  void add_groups(const std::vector<KernelGroup>& groups, Standing standing, Paragraph& text) const {
    const std::size_t most = options_.verbose                ? static_cast<std::size_t>(-1)
                             : standing < Standing::poisoned ? few_places
                                                             : many_places;
    std::size_t shown = 0;
    std::size_t left = 0;
    for (const KernelGroup& group : groups) {
      if (group.is_whole) {
        if (shown == most) left += group.kernels;
        if (shown < most) text.add(shown++ == 0 ? ": " : "; ", result_.kernels().text_of(group));
        continue;
      }
      // Each range is a separate piece, so that a line can end between two ranges.
      KernelGroup one = {.directory = group.directory, .ranges = {}};
      for (const KernelRange& range : group.ranges) {
        one.ranges = {range};
        if (shown == most) left += range.count();
        if (shown < most) text.add(shown++ == 0 ? ": " : "; ", result_.kernels().text_of(one));
        one.directory.clear();
      }
    }
    if (left > 0) text.add("; ", "and " + base::counted(left, "more kernel") + " (-v)");
  }

  [[nodiscard]] std::vector<std::string> text_of(std::size_t object, const CheckRow& row) const {
    std::string subjects;
    const std::size_t shown = limited(row.subjects.size(), most_subjects);
    for (std::size_t i = 0; i < shown; ++i) subjects += (i == 0 ? "" : ", ") + row.subjects[i];
    if (shown < row.subjects.size()) subjects += " and " + std::to_string(row.subjects.size() - shown) + " more";
    std::string words = to_string(Explanation{row.reason, subjects, row.detail});
    if (row.guard == Guard::exists) words += ", guarded: the program checks whether it exists";
    if (row.guard == Guard::unreachable && row.conditions.empty()) words += ", guarded: cannot be reached";
    if (!row.conditions.empty()) words += ", guarded while " + to_string(row.conditions) + ", as in the object";
    Paragraph text("     ", 10);
    text.add_words(words);
    add_programs(object, row, text);
    return text.take();
  }

  void add_programs(std::size_t object, const CheckRow& row, Paragraph& text) const {
    const std::size_t programs = result_.programs(object).size();
    const bool is_their_own = std::ranges::all_of(
        row.places, [](const auto& each) { return each.second.programs == std::set<std::size_t>{each.first}; });
    if (!options_.verbose && is_their_own && row.places.size() == programs && programs > 1) {
      text.add(" ", programs == 2 ? "(both programs)" : "(all " + std::to_string(programs) + " programs)");
      return;
    }
    const std::size_t shown = limited(row.places.size(), most_programs);
    std::size_t i = 0;
    for (const auto& [function, place] : row.places) {
      if (i == shown) break;
      std::string piece = (i == 0 ? "(" : "") + place_text(object, row, function, place);
      ++i;
      if (i == shown && i < row.places.size()) {
        piece += " and " + base::counted(row.places.size() - i, is_their_own ? "more program" : "more place");
      }
      if (i == shown) piece += ")";
      text.add(i == 1 ? " " : "; ", piece);
    }
  }

  /// Returns "probe_exit insn 21, called by ipv4_bind_exit, ipv6_bind_exit" or "probe_exit insn 21, in .text".
  [[nodiscard]] std::string place_text(std::size_t object, const CheckRow& row, std::size_t function,
                                       const CheckedPlace& place) const {
    const std::vector<Program>& programs = result_.objects()[object].programs();
    std::string text = programs[function].name;
    if (row.subjects.size() == 1 && !place.instructions.empty()) text += " insn " + numbers(place.instructions);
    if (fails_all_programs(object, row, function)) return text + ", in .text";
    if (place.programs == std::set<std::size_t>{function}) return text;
    const std::size_t shown = limited(place.programs.size(), most_programs);
    std::size_t i = 0;
    for (const std::size_t program : place.programs) {
      if (i == shown) break;
      text += (i++ == 0 ? ", called by " : ", ") + programs[program].name;
    }
    if (shown < place.programs.size()) text += " and " + std::to_string(place.programs.size() - shown) + " more";
    return text;
  }

  [[nodiscard]] std::string numbers(const std::vector<std::uint32_t>& instructions) const {
    std::string text;
    const std::size_t shown = limited(instructions.size(), most_instructions);
    for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + std::to_string(instructions[i]);
    if (shown < instructions.size()) text += " +" + std::to_string(instructions.size() - shown);
    return text;
  }

  [[nodiscard]] std::size_t limited(std::size_t count, std::size_t most) const {
    return options_.verbose ? count : std::min(count, most);
  }

  /// Adds a note if an object reads registers of an architecture that a kernel does not have. On such a kernel the
  /// relocations of an object compiled for another architecture look as if members of pt_regs were missing.
  void print_registers() {
    std::size_t objects = 0;
    std::string example;
    for (std::size_t object = 0; object < names_.size(); ++object) {
      bool reads = false;
      for (const ObjectOutcome& outcome : result_.outcomes(object)) {
        for (const UnresolvedRelocation& failing : outcome.unresolved()) {
          const std::string& subject = failing.why.subject;
          const bool is_register = failing.why.reason == Reason::no_such_member && subject.starts_with("pt_regs.");
          const bool is_set = failing.why.reason == Reason::no_such_type && subject == "struct user_pt_regs";
          if (!(is_register || is_set) || standing_of(failing) != Standing::poisoned) continue;
          reads = true;
          if (example.empty()) example = subject;
        }
      }
      objects += reads ? 1 : 0;
    }
    if (objects == 0) return;
    lines_.push_back("note: " + base::counted(objects, "object") + (objects == 1 ? " reads" : " read") +
                     " registers that some architectures do not have (" + example + "):");
    lines_.emplace_back("      compile the sources for each architecture (-D__TARGET_ARCH_...)");
  }

  /// Returns the number of programs of objects that have no relocation and relocate on all kernels.
  [[nodiscard]] std::size_t programs_without_relocations() const {
    std::size_t programs = 0;
    for (std::size_t object = 0; object < names_.size(); ++object) {
      if (result_.is_unused(object)) continue;
      const bool always_relocates = std::ranges::all_of(
          result_.outcomes(object), [](const ObjectOutcome& outcome) { return outcome.unresolved().empty(); });
      if (result_.objects()[object].relocation_count() == 0 && always_relocates) {
        programs += result_.programs(object).size();
      }
    }
    return programs;
  }

  void print_summary() {
    const std::vector<std::size_t> counts = programs_by_standing(result_);
    const auto count = [&](Standing standing) { return counts[static_cast<std::size_t>(standing)]; };
    const std::size_t programs = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const std::size_t without = programs_without_relocations();
    const auto with_verb = [](std::size_t number, const std::string& verb) {
      return std::to_string(number) + " " + verb + (number == 1 ? "s" : "");
    };
    std::string line = base::counted(result_.kernels().size(), "kernel") + ", " +
                       base::counted(names_.size(), "object") + ", " + base::counted(programs, "program") + ": ";
    line += with_verb(count(Standing::relocates) - without, "relocate") + (is_one_kernel() ? "" : " everywhere");
    line += ", " + std::to_string(count(Standing::guarded)) + " guarded, " + std::to_string(count(Standing::poisoned)) +
            " NOT guarded, " + with_verb(count(Standing::fails), "fail");
    if (without > 0) line += ", " + std::to_string(without) + " in objects without relocations";
    lines_.push_back(std::move(line));
  }

  const CheckResult& result_;
  const CheckTextOptions& options_;
  std::vector<std::string> names_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> check_text(const CheckResult& result, const CheckTextOptions& options) {
  return Printer(result, options).run();
}

namespace {

constexpr std::size_t most_names = 3;

/// Returns "a, b, c and 4 more".
std::string list(const std::vector<std::string>& names) {
  std::string text;
  const std::size_t shown = std::min(names.size(), most_names);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

/// Returns the file names of the objects that use bpf_core_type_id_kernel().
std::vector<std::string> objects_with_type_ids(const CheckFacts& facts) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts.takes_type_ids.size(); ++i) {
    if (facts.takes_type_ids[i]) names.emplace_back(archive::file_name_of(facts.names[i]));
  }
  return names;
}

/// Returns the file names of the objects with this `result` on a kernel without BTF.
std::vector<std::string> objects_that(const CheckFacts& facts, WithoutBtf result) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts.without_btf.size(); ++i) {
    if (facts.without_btf[i] == result) names.emplace_back(archive::file_name_of(facts.names[i]));
  }
  return names;
}

}  // namespace

std::vector<std::string> check_notes(const CheckFacts& facts) {
  std::vector<std::string> lines;
  const auto add = [&](WithoutBtf result, const char* remedy) {
    const std::vector<std::string> names = objects_that(facts, result);
    if (names.empty()) return;
    lines.push_back("note: on a kernel without BTF, libbpf refuses " + base::counted(names.size(), "object") +
                    ", even with a shipped BTF.");
    lines.push_back(std::string("      ") + remedy + " (see min-btf inspect):");
    lines.push_back("      " + list(names));
  };
  add(WithoutBtf::loads_others, "The programs that attach by BTF have to be switched off");
  add(WithoutBtf::fails, "Switching programs off does not help");
  if (const std::vector<std::string> names = objects_with_type_ids(facts); !names.empty()) {
    lines.push_back("note: " + base::counted(names.size(), "object") + (names.size() == 1 ? " uses" : " use") +
                    " ids of kernel types (bpf_core_type_id_kernel()). With a shipped BTF,");
    lines.push_back("      libbpf inserts the ids of that BTF, which are not the kernel's:");
    lines.push_back("      " + list(names));
  }
  if (!facts.repeated.empty()) {
    const std::string kernels = base::counted(facts.repeated.size(), "kernel");
    lines.push_back("note: " + kernels +
                    (facts.repeated.size() == 1 ? " has two files with equal outcomes, and counts once:"
                                                : " have two files each, with equal outcomes, and count once:"));
    lines.push_back("      " + list(facts.repeated));
  }
  return lines;
}

}  // namespace minbtf::cli
