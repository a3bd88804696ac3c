// SPDX-License-Identifier: BSD-2-Clause
#include "commands/inspect/inspect_json.hpp"

#include <nlohmann/json.hpp>

namespace minbtf::cli {

namespace {

class Writer {
 public:
  explicit Writer(const Inspection& object) : object_(object) {}

  Json write() const {
    Json json = {{"path", object_.name},
                 {"byte_order", object_.byte_order == ByteOrder::little ? "little" : "big"},
                 {"relocations", object_.relocations},
                 {"questions", object_.questions}};
    if (!object_.note.empty()) json["note"] = object_.note;
    if (!object_.line_damage.empty()) json["damaged_line_info"] = object_.line_damage;
    Json& programs = json["programs"] = Json::array();
    for (const InspectedProgram& program : object_.programs) {
      programs.push_back({{"name", program.name},
                          {"section", program.section},
                          {"subprogram", program.subprogram},
                          {"loaded_by_default", program.loaded_by_default}});
      if (!program.subprogram) continue;
      Json& callers = programs.back()["called_by"] = Json::array();
      for (const std::size_t caller : program.callers) callers.push_back(object_.programs[caller].name);
    }
    Json& types = json["types"] = Json::array();
    for (const InspectedType& type : object_.types) types.push_back(type_json(type));
    Json& needs = json["kernel_btf"] = Json::array();
    for (const InspectedNeed& need : object_.needs) needs.push_back(need_json(need));
    json["without_kernel_btf"] = to_string(object_.without_btf);
    Json& addresses = json["kallsyms"] = Json::array();
    for (const InspectedAddress& address : object_.addresses) {
      addresses.push_back({{"name", address.name}, {"weak", address.weak}, {"places", places_json(address.places)}});
    }
    return json;
  }

 private:
  Json type_json(const InspectedType& type) const {
    Json json = {{"type", type.name}};
    Json& questions = json["questions"] = Json::array();
    for (const InspectedQuestion& question : type.questions) {
      Json& each = questions.emplace_back(Json{{"kind", to_string(question.kind)},
                                               {"subject", question.subject},
                                               {"asks_kernel", question.depends_on_kernel}});
      if (question.failure != Failure::none) each["failure"] = to_string(question.failure);
      each["places"] = places_json(question.places);
    }
    return json;
  }

  Json need_json(const InspectedNeed& need) const {
    Json json = {{"kind", to_string(need.kind)}};
    if (need.program) {
      json["program"] = object_.programs[*need.program].name;
      json["section"] = object_.programs[*need.program].section;
    }
    json["subject"] = need.subject;
    json["weak"] = need.weak;
    json["places"] = places_json(need.places);
    return json;
  }

  Json places_json(const std::vector<SourcePlace>& places) const {
    Json json = Json::array();
    for (const SourcePlace& place : places) {
      Json& each = json.emplace_back(Json::object());
      if (place.program) each["program"] = object_.programs[*place.program].name;
      each["section"] = place.section;
      each["insn"] = place.insn;
      if (place.file.empty()) continue;
      each["file"] = place.file;
      each["line"] = place.line;
      each["column"] = place.column;
    }
    return json;
  }

  const Inspection& object_;
};

}  // namespace

void add_inspections(Json& document, const std::vector<Inspection>& objects, std::size_t questions, std::size_t skipped,
                     std::size_t unselected) {
  document["questions"] = questions;
  document["skipped_objects"] = skipped;
  document["unselected_objects"] = unselected;
  Json& all = document["objects"] = Json::array();
  for (const Inspection& object : objects) all.push_back(Writer(object).write());
}

}  // namespace minbtf::cli
