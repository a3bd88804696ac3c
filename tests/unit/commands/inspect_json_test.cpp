// SPDX-License-Identifier: BSD-2-Clause
#include "commands/inspect/inspect_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace minbtf::test {

using cli::Json;

namespace {

Json document_of(const Inspection& object) {
  Json document = Json::object();
  cli::add_inspections(document, {object}, 7, 2, 3);
  return document;
}

}  // namespace

TEST_CASE("inspect_json: the document has every question with every place") {
  Inspection object;
  object.name = "a.bpf.o";
  object.programs = {{.name = "p", .section = "?fentry/f", .subprogram = false, .loaded_by_default = false}};
  object.relocations = 3;
  object.questions = 1;
  const SourcePlace known = {
      .program = 0, .section = "?fentry/f", .insn = 4, .file = "src/a.c", .line = 7, .column = 2};
  const SourcePlace unknown = {.section = "tp/x", .insn = 1, .file = {}};
  object.types = {{.name = "struct s",
                   .questions = {{.kind = RelocationKind::field_exists,
                                  .subject = "struct s::m",
                                  .depends_on_kernel = true,
                                  .places = {known, unknown}},
                                 {.kind = RelocationKind::field_exists,
                                  .subject = "struct s",
                                  .failure = Failure::bad_access_string,
                                  .places = {unknown}}}}};
  object.needs = {{.kind = NeedKind::function, .program = 0, .subject = "f", .places = {}},
                  {.kind = NeedKind::kfunc, .program = 0, .subject = "k", .weak = true, .places = {known}},
                  {.kind = NeedKind::struct_ops_map, .subject = "m (struct o)", .places = {}}};
  object.addresses = {{.name = "jiffies", .weak = false, .places = {known}}};
  object.without_btf = WithoutBtf::fails;

  const Json place = {{"program", "p"}, {"section", "?fentry/f"}, {"insn", 4}, {"file", "src/a.c"}, {"line", 7},
                      {"column", 2}};
  const Json nowhere = {{"section", "tp/x"}, {"insn", 1}};
  const Json expected = {
      {"questions", 7},
      {"skipped_objects", 2},
      {"unselected_objects", 3},
      {"objects",
       {{{"path", "a.bpf.o"},
         {"byte_order", "little"},
         {"relocations", 3},
         {"questions", 1},
         {"programs", {{{"name", "p"}, {"section", "?fentry/f"}, {"subprogram", false}, {"loaded_by_default", false}}}},
         {"types",
          {{{"type", "struct s"},
            {"questions",
             {{{"kind", "field_exists"},
               {"subject", "struct s::m"},
               {"asks_kernel", true},
               {"places", {place, nowhere}}},
              {{"kind", "field_exists"},
               {"subject", "struct s"},
               {"asks_kernel", false},
               {"failure", "the record describes no access to the type"},
               {"places", Json::array({nowhere})}}}}}}},
         {"kernel_btf",
          {{{"kind", "attach_function"},
            {"program", "p"},
            {"section", "?fentry/f"},
            {"subject", "f"},
            {"weak", false},
            {"places", Json::array()}},
           {{"kind", "kernel_function"},
            {"program", "p"},
            {"section", "?fentry/f"},
            {"subject", "k"},
            {"weak", true},
            {"places", Json::array({place})}},
           {{"kind", "struct_ops_map"}, {"subject", "m (struct o)"}, {"weak", false}, {"places", Json::array()}}}},
         {"without_kernel_btf", "fails"},
         {"kallsyms", {{{"name", "jiffies"}, {"weak", false}, {"places", Json::array({place})}}}}}}}};
  CHECK(document_of(object).dump(1) == expected.dump(1));
}

TEST_CASE("inspect_json: an object without relocations has its note, and empty lists") {
  Inspection object;
  object.name = "a.o";
  object.note = "no .BTF section";
  object.line_damage = "why";
  const Json json = document_of(object).at("objects").at(0);
  CHECK(json.at("note") == "no .BTF section");
  CHECK(json.at("damaged_line_info") == "why");
  CHECK(json.at("without_kernel_btf") == "loads");
  for (const char* list : {"programs", "types", "kernel_btf", "kallsyms"}) CHECK(json.at(list) == Json::array());
  object.without_btf = WithoutBtf::loads_others;
  CHECK(document_of(object).at("objects").at(0).at("without_kernel_btf") == "loads_others");
}

TEST_CASE("inspect_json: each kind of need has a word") {
  Inspection object;
  const auto word = [&](NeedKind kind) {
    object.needs = {{.kind = kind, .subject = "", .places = {}}};
    return document_of(object).at("objects").at(0).at("kernel_btf").at(0).at("kind").get<std::string>();
  };
  CHECK(word(NeedKind::function) == "attach_function");
  CHECK(word(NeedKind::tracepoint) == "attach_tracepoint");
  CHECK(word(NeedKind::lsm_hook) == "attach_lsm_hook");
  CHECK(word(NeedKind::iterator) == "attach_iterator");
  CHECK(word(NeedKind::struct_ops) == "struct_ops");
  CHECK(word(NeedKind::kfunc) == "kernel_function");
  CHECK(word(NeedKind::variable) == "kernel_variable");
  CHECK(word(NeedKind::type_id) == "type_id");
  CHECK(word(NeedKind::struct_ops_map) == "struct_ops_map");
}

}  // namespace minbtf::test
