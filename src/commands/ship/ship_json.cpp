// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "archive/ship/preset.hpp"
#include "commands/ship/manifest_diff.hpp"
#include "commands/ship/preset_list.hpp"
#include "commands/ship/ship_report.hpp"

namespace minbtf::cli {

void add_ship(const ShipReport& report, Json& document) {
  if (!report.preset.empty()) document["preset"] = report.preset;
  document["reduced"] = report.reduced;
  document["kernels"] = {{"total", report.kernels}, {"unselected", report.unselected}};
  Json& artifacts = document["outputs"] = Json::array();
  for (const Artifact& artifact : report.artifacts) {
    Json& json = artifacts.emplace_back(Json{{"path", artifact.path},
                                             {"architectures", artifact.architectures},
                                             {"kernels", artifact.kernels},
                                             {"names", artifact.files.size()},
                                             {"aliases", artifact.aliases},
                                             {"bytes", artifact.bytes},
                                             {"file_bytes", artifact.file_bytes},
                                             {"alias_bytes", artifact.alias_bytes}});
    if (artifact.contents) json["contents"] = *artifact.contents;
    Json& files = json["files"] = Json::array();
    for (const ShippedFile& file : artifact.files) {
      files.push_back({{"path", file.path}, {"kernel", file.kernel}, {"alias", file.is_alias}, {"bytes", file.bytes}});
    }
  }
  Json& refused = document["refused"] = Json::array();
  for (const RefusedFile& file : report.refused) {
    refused.push_back({{"path", file.path}, {"kernel", file.kernel}, {"reason", file.reason}});
  }
}

void add_presets(Json& document) {
  Json& list = document["presets"] = Json::array();
  for (const archive::Preset& preset : archive::presets()) {
    const std::string_view suffix = archive::suffix_of(preset.form);
    Json& json = list.emplace_back(Json{{"name", preset.name},
                                        {"consumer", preset.consumer},
                                        {"path", preset.path},
                                        {"form", suffix.empty() ? "directory" : suffix.substr(1)},
                                        {"one_architecture", preset.one_architecture},
                                        {"release_aliases", preset.release_aliases}});
    if (!preset.special_id.empty()) json["special_paths"] = {{preset.special_id, preset.special_path}};
    if (!preset.ids.empty()) json["ids"] = preset.ids;
  }
}

void add_diff(const ManifestDiff& diff, Json& document) {
  document["old"] = diff.old_path;
  document["new"] = diff.new_path;
  document["kernels"] = {{"new", diff.added.size()},
                         {"changed", diff.changed.size()},
                         {"removed", diff.removed.size()},
                         {"unchanged", diff.unchanged}};
  document["added"] = diff.added;
  document["changed"] = diff.changed;
  document["removed"] = diff.removed;
}

}  // namespace minbtf::cli
