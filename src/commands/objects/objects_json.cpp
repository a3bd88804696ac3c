// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "commands/objects/objects_report.hpp"

namespace minbtf::cli {

namespace {

Json place_json(const archive::ObjectPlace& place) {
  Json json = {{"file", place.file}};
  if (!place.member.empty()) json["member"] = place.member;
  json["offset"] = place.offset;
  json["whole"] = place.is_whole;
  if (!place.section.empty()) json["section"] = place.section;
  if (!place.symbol.empty()) json["symbol"] = place.symbol;
  return json;
}

}  // namespace

void add_objects(const ObjectsReport& report, Json& document) {
  document["files"] = report.files;
  document["files_without_objects"] = report.files_without_objects;
  if (!report.directory.empty()) document["directory"] = report.directory;
  Json& objects = document["objects"] = Json::array();
  for (std::size_t i = 0; i < report.objects.size(); ++i) {
    const archive::FoundObject& object = report.objects[i];
    Json& json = objects.emplace_back(Json{{"name", report.names.at(i)}});
    if (!report.written.empty()) json["path"] = report.written[i];
    json["bytes"] = object.bytes.size();
    json["byte_order"] = object.byte_order == ByteOrder::little ? "little" : "big";
    if (object.damage.empty()) {
      json["programs"] = object.programs;
      json["relocations"] = object.relocations;
    } else {
      json["damage"] = object.damage;
    }
    if (!object.note.empty()) json["note"] = object.note;
    if (!object.source.empty()) json["source"] = object.source;
    Json& places = json["places"] = Json::array();
    for (const archive::ObjectPlace& place : object.places) places.push_back(place_json(place));
  }
}

}  // namespace minbtf::cli
