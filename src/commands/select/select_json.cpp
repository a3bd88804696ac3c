// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "commands/select/select_report.hpp"

namespace minbtf::cli {

namespace {

/// Adds the member, unless the text is empty.
void add_text(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

Json to_json(const ReportedSystem& system) {
  Json json = Json::object();
  add_text(json, "machine", system.machine);
  add_text(json, "release", system.release);
  add_text(json, "build", system.build);
  add_text(json, "id", system.id);
  add_text(json, "version_id", system.version_id);
  add_text(json, "id_like", system.id_like);
  add_text(json, "os_release", system.os_release);
  return json;
}

Json to_json(const ReportedKernel& kernel) {
  Json json = {{"path", kernel.path}, {"architecture", kernel.architecture}, {"release", kernel.release}};
  add_text(json, "id", kernel.id);
  add_text(json, "version_id", kernel.version_id);
  add_text(json, "build", kernel.build);
  return json;
}

}  // namespace

void add_selection(const SelectReport& report, Json& document) {
  document["reduced"] = report.reduced;
  if (!report.form.empty()) document["form"] = report.form;
  document["system"] = to_json(report.system);
  if (!report.has_answer) return;
  document["found"] = report.is_found;
  document["reason"] = report.reason;
  document["reason_text"] = report.reason_text;
  document["same_build"] = report.is_same_build;
  Json& kernels = document["kernels"] = Json::array();
  for (const ReportedKernel& kernel : report.kernels) kernels.push_back(to_json(kernel));
  Json& refused = document["refused"] = Json::array();
  for (const RefusedKernel& kernel : report.refused) {
    refused.push_back({{"path", kernel.path}, {"reason", kernel.reason}});
  }
  if (!report.is_found) {
    document["nearest"] = report.nearest;
    add_text(document, "nearest_text", report.nearest_text);
    return;
  }
  document["x86_64_for_i386"] = report.is_x86_64_for_i386;
  document["bytes"] = report.bytes;
  document["types_only"] = !report.is_original;
  if (report.output) document["output"] = *report.output;
}

}  // namespace minbtf::cli
