// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/inspection.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/line_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes object_bytes(const std::string& name, const std::string& order = "el") {
  const std::string text = contents_of(bpf_object(name, order));
  return {text.begin(), text.end()};
}

Inspection inspected(const Bytes& bytes) { return inspect(bytes, "object"); }

constexpr auto byte_offset = static_cast<std::uint32_t>(RelocationKind::field_byte_offset);
constexpr auto exists = static_cast<std::uint32_t>(RelocationKind::field_exists);

ForgedRecord relocation(std::uint32_t insn, std::uint32_t type, const char* access, std::uint32_t kind) {
  return {.insn = insn, .type_id = type, .access = access, .kind = kind};
}

ForgedProgram program(const char* name, const char* section, std::vector<ForgedRecord> records = {}) {
  return {
      .name = name, .section = section, .insns = {mov_imm(0), mov_imm(0), exit_insn()}, .records = std::move(records)};
}

WithoutBtf without_btf(const std::vector<ForgedProgram>& programs) {
  return inspected(forge_object(EveryKind().forge, programs)).without_btf;
}

}  // namespace

TEST_CASE("inspection: equal relocations share one question with all their places, by type and in order") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  BtfForge local(order);
  const auto integer = local.integer("int", 4, 1);
  const auto task = local.structure("task", 8, {{"pid", integer, 0}, {"tgid", integer, 32}});
  const auto flavor = local.structure("task___old", 8, {{"pid", integer, 0}});
  const auto file = local.union_("file", 4, {{"flags", integer, 0}});
  const Bytes bytes = forge_object(
      local,
      {program("p0", "tp/one", {relocation(1, task, "0:1", byte_offset), relocation(0, task, "0:0", byte_offset)}),
       program("p1", "tp/one", {relocation(0, task, "0:0", exists), relocation(1, flavor, "0:0", byte_offset)}),
       program("p2", "tp/two", {relocation(2, file, "0:0", byte_offset), relocation(1, task, "0:0", byte_offset)})},
      {.order = order});
  const Inspection object = inspected(bytes);
  CHECK(object.name == "object");
  CHECK(object.note.empty());
  CHECK(object.relocations == 6);
  CHECK(object.questions == 4);
  CHECK(object.questions == Plan({BpfObject::parse(bytes, "object")}).question_count());
  REQUIRE(object.types.size() == 2);
  CHECK(object.types[0].name == "struct task");
  CHECK(object.types[1].name == "union file");

  struct Row {
    RelocationKind kind;
    std::string subject;
    std::vector<std::pair<std::size_t, std::uint32_t>> places;  // program and instruction
  };
  // A flavor shares the question of its type. The subject is that of the first relocation.
  const std::vector<Row> rows = {{RelocationKind::field_byte_offset, "struct task::pid", {{0, 0}, {1, 1}, {2, 1}}},
                                 {RelocationKind::field_exists, "struct task::pid", {{1, 0}}},
                                 {RelocationKind::field_byte_offset, "struct task::tgid", {{0, 1}}}};
  REQUIRE(object.types[0].questions.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i].subject);
    const InspectedQuestion& question = object.types[0].questions[i];
    CHECK(question.kind == rows[i].kind);
    CHECK(question.subject == rows[i].subject);
    CHECK(question.depends_on_kernel);
    CHECK(question.failure == Failure::none);
    std::vector<std::pair<std::size_t, std::uint32_t>> places;
    for (const SourcePlace& place : question.places) places.emplace_back(place.program.value(), place.insn);
    CHECK(places == rows[i].places);
  }
  CHECK(object.types[1].questions[0].places[0].section == "tp/two");
  CHECK(object.types[1].questions[0].places[0].file.empty());
  CHECK(object.needs.empty());
  CHECK(object.without_btf == WithoutBtf::loads);
}

TEST_CASE("inspection: a relocation that libbpf refuses has its failure, and type_id_local depends on no kernel") {
  BtfForge local;
  const auto integer = local.integer("int", 4, 1);
  const auto task = local.structure("task", 4, {{"pid", integer, 0}});
  const auto nameless = local.structure("", 4, {{"pid", integer, 0}});
  constexpr auto own_id = static_cast<std::uint32_t>(RelocationKind::type_id_local);
  const Inspection object =
      inspected(forge_object(local, {program("p", "tp/one",
                                             {relocation(0, 99, "0", exists), relocation(0, nameless, "0:0", exists),
                                              relocation(0, task, "0:7", exists), relocation(1, task, "0:9", exists),
                                              relocation(0, task, "0", own_id), relocation(1, nameless, "0", own_id),
                                              relocation(2, task, "0:0", exists)})}));
  CHECK(object.relocations == 7);
  CHECK(object.questions == 1);
  REQUIRE(object.types.size() == 3);

  const InspectedType& unknown = object.types[0];
  CHECK(unknown.name.empty());
  REQUIRE(unknown.questions.size() == 2);
  CHECK(unknown.questions[0].subject == "struct (anonymous)");
  CHECK(unknown.questions[0].failure == Failure::anonymous_local_type);
  CHECK(unknown.questions[1].subject == "type id 99");
  CHECK(unknown.questions[1].failure == Failure::unknown_local_type);

  CHECK(object.types[1].name == "struct (anonymous)");
  CHECK(object.types[1].questions[0].kind == RelocationKind::type_id_local);

  CHECK(object.types[2].name == "struct task");
  const auto& questions = object.types[2].questions;
  REQUIRE(questions.size() == 3);
  CHECK(questions[0].kind == RelocationKind::field_exists);
  CHECK(questions[0].failure == Failure::bad_access_string);
  CHECK(questions[0].places.size() == 2);
  CHECK_FALSE(questions[0].depends_on_kernel);
  CHECK(questions[1].kind == RelocationKind::type_id_local);
  CHECK(questions[1].failure == Failure::none);
  CHECK_FALSE(questions[1].depends_on_kernel);
  CHECK(questions[2].subject == "struct task::pid");
  CHECK(questions[2].depends_on_kernel);
}

TEST_CASE("inspection: programs have their way of loading, and a place without a program has its section") {
  const Bytes bytes = forge_object(EveryKind().forge, {program("p", "?tp/one"), program("helper", ".text")});
  const Inspection object = inspected(bytes);
  CHECK(object.note == "no CO-RE relocations");
  REQUIRE(object.programs.size() == 2);
  CHECK(object.programs[0].name == "p");
  CHECK_FALSE(object.programs[0].loaded_by_default);
  CHECK_FALSE(object.programs[0].subprogram);
  CHECK(object.programs[1].subprogram);
  CHECK(object.programs[1].loaded_by_default);
  // The only function in .text is a program if there are no other functions.
  CHECK_FALSE(inspected(forge_object(EveryKind().forge, {program("p", ".text")})).programs[0].subprogram);

  BtfForge local;
  const auto task = local.structure("task", 4, {{"pid", local.integer("int", 4, 1), 0}});
  const std::vector<ForgedProgram> programs = {program("p", "tp/one", {relocation(1, task, "0:0", exists)})};
  const Inspection nameless = inspected(forge_object(local, programs, {.without_symbols = true}));
  CHECK(nameless.programs.empty());
  const SourcePlace& place = nameless.types[0].questions[0].places[0];
  CHECK(place.program == std::nullopt);
  CHECK(place.section == "tp/one");
  CHECK(place.insn == 1);
}

TEST_CASE("inspection: the needs of an object determine whether libbpf loads it on a kernel without BTF") {
  EveryKind local;
  constexpr auto target_id = static_cast<std::uint32_t>(RelocationKind::type_id_target);
  const ForgedProgram ids = program("ids", "tp/one", {relocation(0, local.struct_, "0", target_id)});
  CHECK(without_btf({program("p", "tp/one")}) == WithoutBtf::loads);
  CHECK(without_btf({ids}) == WithoutBtf::loads);
  CHECK(without_btf({program("p", "?fentry/f")}) == WithoutBtf::loads);
  CHECK(without_btf({program("p", "?fentry/f"), program("q", "lsm/f")}) == WithoutBtf::loads_others);
  CHECK(without_btf({ids, program("p", "tp_btf/f")}) == WithoutBtf::loads_others);
  CHECK(inspected(forge_object(local.forge, {ids})).needs.size() == 1);

  local.forge.datasec(".struct_ops", 8, {{local.forge.var("ops", local.struct_, 1), 0, 8}});
  CHECK(inspected(forge_object(local.forge, {program("p", "tp/one")})).without_btf == WithoutBtf::fails);
  CHECK(inspected(object_bytes("kernel_needs")).without_btf == WithoutBtf::fails);
}

TEST_CASE("inspection: symbols of the kernel are listed with the places that use them") {
  const std::string order = GENERATE("el", "eb");
  const Inspection object = inspected(object_bytes("kernel_needs", order));
  REQUIRE(object.addresses.size() == 2);
  for (const InspectedAddress& address : object.addresses) {
    CHECK(address.weak == (address.name == "perhaps_an_address"));
    REQUIRE_FALSE(address.places.empty());
    CHECK(object.programs[address.places[0].program.value()].name == "on_open");
    CHECK(address.places[0].file.ends_with("kernel_needs.bpf.c"));
    CHECK(address.places[0].line > 0);
  }
  bool found = false;
  for (const InspectedNeed& need : object.needs) {
    if (need.kind != NeedKind::variable || need.subject != "bpf_prog_active") continue;
    found = true;
    CHECK(need.weak);
    CHECK(object.programs[need.program.value()].name == "after_read");
    REQUIRE(need.places.size() == 1);
    CHECK(need.places[0].program == need.program);
    CHECK(need.places[0].section == "?fexit.s/vfs_read");
    CHECK(need.places[0].insn == 0);
  }
  CHECK(found);
}

TEST_CASE("inspection: instruction numbers and lines are those of the program") {
  EveryKind local;
  constexpr auto target_id = static_cast<std::uint32_t>(RelocationKind::type_id_target);
  const ForgedRecord id = relocation(1, local.struct_, "0", target_id);
  const std::uint32_t section = local.forge.string("tp/one");
  const std::uint32_t file = local.forge.string("a.c");
  // Lines for the first instructions of the first and the third program.
  const Bytes lines = forge_line_info(ByteOrder::little,
                                      {{.section_name_off = section,
                                        .lines = {{.insn_off = 0, .file_name_off = file, .line = 5, .column = 1},
                                                  {.insn_off = 48, .file_name_off = file, .line = 9, .column = 1}}}});
  const auto add_lines = [&](Bytes& ext) {
    set_u32(ext, 16, static_cast<std::uint32_t>(ext.size() - 32), ByteOrder::little);
    set_u32(ext, 20, static_cast<std::uint32_t>(lines.size() - 24), ByteOrder::little);
    ext.insert(ext.end(), lines.begin() + 24, lines.end());
  };
  const Inspection object = inspected(forge_object(
      local.forge, {program("p0", "tp/one", {id}), program("p1", "tp/one", {id}), program("p2", "tp/one", {id})},
      {.edit_btf_ext = add_lines}));
  CHECK(object.line_damage.empty());
  REQUIRE(object.needs.size() == 3);
  const auto& places = object.types.at(0).questions.at(0).places;
  REQUIRE(places.size() == 3);
  const std::uint32_t expected[] = {5, 0, 9};
  for (std::size_t i = 0; i < 3; ++i) {
    INFO("program " << i);
    REQUIRE(object.needs[i].places.size() == 1);
    for (const SourcePlace& place : {object.needs[i].places[0], places[i]}) {
      CHECK(place.program == i);
      CHECK(place.insn == 1);
      CHECK(place.line == expected[i]);
      CHECK(place.file == (expected[i] == 0 ? "" : "a.c"));
    }
  }
}

TEST_CASE("inspection: the number of questions is that of a plan of the object") {
  for (const char* name : {"basic", "ambiguous", "oracle_fields", "oracle_enums", "oracle_types", "oracle_failures"}) {
    INFO(name);
    const Bytes bytes = object_bytes(name);
    const Inspection inspection = inspect(bytes, name);
    const BpfObject& object = inspection.object.value();
    CHECK(inspection.questions == Plan({object}).question_count());
    std::size_t places = 0;
    for (const InspectedType& type : inspection.types) {
      for (const InspectedQuestion& question : type.questions) places += question.places.size();
    }
    CHECK(places == object.relocation_count());
  }
}

TEST_CASE("inspection: a subprogram has the programs that call it directly or indirectly") {
  const Inspection object = inspected(bytes_of(bpf_object("calls")));
  const auto callers = [&](std::string_view name) {
    const auto program = std::ranges::find(object.programs, name, &InspectedProgram::name);
    REQUIRE(program != object.programs.end());
    std::string text;
    for (const std::size_t caller : program->callers) text += object.programs[caller].name + " ";
    return text;
  };
  CHECK(callers("each") == "calls_back ");
  CHECK(callers("read_both") == "calls_through_another calls_through_another_behind_a_guard ");
  CHECK(callers("read_pid") ==
        "calls_what_is_there calls_through_another calls_through_another_behind_a_guard calls_back ");
  CHECK(callers("nobody_calls").empty());
  CHECK(callers("calls_back").empty());
}

}  // namespace minbtf::test
