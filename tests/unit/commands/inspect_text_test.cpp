// SPDX-License-Identifier: BSD-2-Clause
#include "commands/inspect/inspect_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace minbtf::test {

namespace {

using Lines = std::vector<std::string>;

Inspection with_programs() {
  Inspection object;
  object.name = "a.bpf.o";
  object.programs = {{.name = "handle", .section = "tp/x", .subprogram = false, .loaded_by_default = true},
                     {.name = "traced", .section = "?fentry/f", .subprogram = false, .loaded_by_default = false},
                     {.name = "helper", .section = ".text", .subprogram = true, .loaded_by_default = true}};
  return object;
}

/// `file` must outlive the result.
SourcePlace at(std::optional<std::size_t> program, std::uint32_t insn, std::string_view file = "",
               std::uint32_t line = 0) {
  return {.program = program, .section = "tp/x", .insn = insn, .file = file, .line = line, .column = 1};
}

InspectedQuestion question(RelocationKind kind, std::string subject, std::vector<SourcePlace> places) {
  return {.kind = kind, .subject = std::move(subject), .depends_on_kernel = true, .places = std::move(places)};
}

}  // namespace

TEST_CASE("inspect_text: questions are printed under their types, with the first place and how many more") {
  Inspection object = with_programs();
  object.relocations = 5;
  object.questions = 4;
  object.types = {
      {.name = "struct task",
       .questions = {question(RelocationKind::field_byte_offset, "struct task::pid",
                              {at(0, 1, "src/a.c", 7), at(1, 2, "a.c", 9)}),
                     question(RelocationKind::type_exists, "struct task", {at(0, 4)}),
                     question(RelocationKind::field_exists, "struct task___old::state[2]", {at(std::nullopt, 8)})}},
      {.name = "enum state", .questions = {question(RelocationKind::enumval_value, "enum64 state::ON", {at(2, 0)})}}};
  CHECK(cli::inspect_lines(object, false) ==
        Lines{"a.bpf.o: 3 programs, 5 relocations, 4 questions", "", "  struct task",
              "    field_byte_offset  pid                handle insn 1 (a.c:7), +1 more",
              "    type_exists        (the type itself)  handle insn 4",
              "    field_exists       ___old::state[2]   section tp/x insn 8", "", "  enum state",
              "    enumval_value  enum64 state::ON  helper insn 0", "", "  Needs the kernel's own BTF: nothing"});
  CHECK(cli::inspect_lines(object, true) ==
        Lines{"a.bpf.o: 3 programs, 5 relocations, 4 questions", "", "  struct task", "    field_byte_offset  pid",
              "        handle insn 1 (a.c:7)", "        traced insn 2 (a.c:9)",
              "    type_exists        (the type itself)", "        handle insn 4",
              "    field_exists       ___old::state[2]", "        section tp/x insn 8", "", "  enum state",
              "    enumval_value  enum64 state::ON", "        helper insn 0", "",
              "  Needs the kernel's own BTF: nothing"});
}

TEST_CASE("inspect_text: a relocation that libbpf refuses is printed with the reason") {
  Inspection object = with_programs();
  object.relocations = 1;
  InspectedQuestion refused = question(RelocationKind::field_exists, "type id 99", {at(0, 3)});
  refused.depends_on_kernel = false;
  refused.failure = Failure::unknown_local_type;
  object.types = {{.name = "", .questions = {refused}}};
  const Lines lines = cli::inspect_lines(object, false);
  CHECK(lines[0] == "a.bpf.o: 3 programs, 1 relocation, 0 questions");
  CHECK(lines[2] == "  relocations that libbpf refuses");
  CHECK(lines[3] == "    field_exists  type id 99 (refused: the object's BTF has no such type)  handle insn 3");
}

TEST_CASE("inspect_text: the note of an object without relocations and damaged line info are printed") {
  Inspection object = with_programs();
  object.programs.resize(1);
  object.note = "no .BTF section";
  object.line_damage = ".BTF.ext+0x20: record size 3";
  CHECK(cli::inspect_lines(object, false) ==
        Lines{"a.bpf.o: 1 program, nothing to relocate: no .BTF section",
              "  source lines are not known, the line info is damaged: .BTF.ext+0x20: record size 3", "",
              "  Needs the kernel's own BTF: nothing"});
}

TEST_CASE("inspect_text: each need of the kernel's own BTF is a line, with what libbpf does without it") {
  Inspection object = with_programs();
  object.note = "no CO-RE relocations";
  object.needs = {{.kind = NeedKind::type_id, .program = 0, .subject = "struct task", .places = {at(0, 5), at(0, 6)}},
                  {.kind = NeedKind::function, .program = 1, .subject = "f", .places = {}},
                  {.kind = NeedKind::kfunc, .program = 2, .subject = "k", .weak = true, .places = {at(2, 1, "a.c", 3)}},
                  {.kind = NeedKind::struct_ops_map, .subject = "ops (struct o)", .places = {}}};
  object.addresses = {{.name = "jiffies", .weak = false, .places = {at(0, 2)}},
                      {.name = "perhaps", .weak = true, .places = {}}};
  const Lines expected = {"a.bpf.o: 3 programs, nothing to relocate: no CO-RE relocations",
                          "",
                          "  Addresses from /proc/kallsyms, for which no BTF is needed",
                          "    variable  jiffies         handle insn 2",
                          "    variable  perhaps (weak)",
                          "",
                          "  Needs the kernel's own BTF, even with a shipped BTF",
                          "    handle (tp/x)        type id of struct task         insn 5, +1 more",
                          "    traced (?fentry/f)   attaches to a function by BTF",
                          "    helper (subprogram)  kernel function k (weak)       insn 1 (a.c:3)",
                          "    the object           struct_ops map ops (struct o)"};
  CHECK(cli::inspect_lines(object, false) == expected);

  const auto last = [&](WithoutBtf without) {
    object.without_btf = without;
    const Lines lines = cli::inspect_lines(object, false);
    CHECK(std::equal(expected.begin(), expected.end(), lines.begin()));
    std::string text;
    for (std::size_t i = expected.size(); i < lines.size(); ++i) text += lines[i] + "\n";
    return text;
  };
  CHECK(last(WithoutBtf::loads_others) ==
        "    On a kernel without BTF, libbpf does not load the object unless the programs that attach by BTF\n"
        "    are switched off (bpf_program__set_autoload()).\n");
  CHECK(last(WithoutBtf::fails) ==
        "    On a kernel without BTF, libbpf does not load the object, even with programs switched off.\n");
}

TEST_CASE("inspect_text: a subprogram is printed with the programs that call it") {
  Inspection object = with_programs();
  object.needs = {{.kind = NeedKind::kfunc, .program = 2, .subject = "k", .weak = false, .places = {}}};
  const auto text = [&] {
    std::string all;
    for (const std::string& line : cli::inspect_lines(object, false)) all += line + "\n";
    return all;
  };
  CHECK_THAT(text(), Catch::Contains("helper (subprogram)  kernel function k"));
  object.programs[2].callers = {0};
  CHECK_THAT(text(), Catch::Contains("helper (called by handle)  kernel function k"));
  object.programs[2].callers = {0, 1};
  CHECK_THAT(text(), Catch::Contains("helper (called by handle, +1 more)  kernel function k"));
}

TEST_CASE("inspect_text: each kind of need has its own phrase") {
  Inspection object = with_programs();
  const auto phrase = [&](NeedKind kind, const char* subject) {
    object.needs = {{.kind = kind, .program = 0, .subject = subject, .places = {}}};
    return cli::inspect_lines(object, false)[3].substr(19);
  };
  CHECK(phrase(NeedKind::function, "f") == "attaches to a function by BTF");
  CHECK(phrase(NeedKind::function, "") == "attaches by BTF to a target that its loader names");
  CHECK(phrase(NeedKind::tracepoint, "t") == "attaches to a tracepoint by BTF");
  CHECK(phrase(NeedKind::lsm_hook, "h") == "attaches to an LSM hook by BTF");
  CHECK(phrase(NeedKind::iterator, "i") == "attaches to an iterator by BTF");
  CHECK(phrase(NeedKind::struct_ops, "i") == "implements a function of a struct_ops map");
  CHECK(phrase(NeedKind::kfunc, "k") == "kernel function k");
  CHECK(phrase(NeedKind::variable, "v") == "kernel variable v");
  CHECK(phrase(NeedKind::type_id, "struct s") == "type id of struct s");
  CHECK(phrase(NeedKind::struct_ops_map, "m (struct s)") == "struct_ops map m (struct s)");
}

TEST_CASE("inspect_text: a line has at most 100 characters unless a name is too long") {
  Inspection object = with_programs();
  object.programs[0].name = std::string(40, 'p');
  object.relocations = 3;
  object.types = {
      {.name = "struct s",
       .questions = {
           question(RelocationKind::field_byte_offset, "struct s::" + std::string(30, 'm'), {at(0, 1, "a.c", 1)}),
           question(RelocationKind::field_byte_offset, "struct s::a", {at(1, 1)}),
           question(RelocationKind::field_byte_offset, "struct s::" + std::string(60, 'n'), {at(1, 1)})}}};
  const Lines lines = cli::inspect_lines(object, false);
  CHECK(lines[3] == "    field_byte_offset  " + std::string(30, 'm'));
  CHECK(lines[4] == "        " + std::string(40, 'p') + " insn 1 (a.c:1)");
  // A name that is too long does not widen the column.
  CHECK(lines[5] == "    field_byte_offset  a" + std::string(29, ' ') + "  traced insn 1");
  CHECK(lines[6] == "    field_byte_offset  " + std::string(60, 'n') + "  traced insn 1");

  // The limit is exact.
  const auto lines_with = [&](std::size_t length) {
    object.types = {{.name = "struct s",
                     .questions = {question(RelocationKind::field_exists, "struct s::a", {at(0, 1, "a.c", 1)})}}};
    object.programs[0].name = std::string(length - (4 + 12 + 2 + 1 + 2 + 15), 'p');
    return cli::inspect_lines(object, false);
  };
  CHECK(lines_with(100)[3].size() == 100);
  CHECK(lines_with(101)[3] == "    field_exists  a");
}

TEST_CASE("inspect_text: the total adds up relocations, questions and needs of all objects") {
  std::vector<Inspection> objects(3);
  objects[0].relocations = 5;
  objects[2].relocations = 2;
  CHECK(cli::inspect_total(objects, 4) ==
        "3 objects: 7 relocations, 4 different questions; 0 need the kernel's own BTF");
  objects[1].needs.emplace_back();
  objects.pop_back();
  CHECK(cli::inspect_total(objects, 1) ==
        "2 objects: 5 relocations, 1 different question; 1 needs the kernel's own BTF");
}

}  // namespace minbtf::test
