#include "cli/json.hpp"

#include <nlohmann/json.hpp>

#include "cli/exit_status.hpp"
#include "io/interrupt.hpp"
#include "report/check_json.hpp"

namespace minbtf::cli {

namespace {

using report::Json;

Json document_start(const char* status, int exit_status) {
  return {{"tool", "min-btf"}, {"version", MINBTF_VERSION}, {"status", status}, {"exit", exit_status}};
}

const char* status_word(int exit_status) {
  switch (exit_status) {
    case exit_failed:
      return "failed";
    case exit_usage:
      return "usage";
    default:
      return "done";
  }
}

Json error_json(const ErrorFacts& error) {
  Json json = {{"kind", error.kind}, {"message", error.message}};
  if (!error.file.empty()) json["file"] = error.file;
  if (!error.where.empty()) json["where"] = error.where;
  return json;
}

Json resolution_json(const ResolutionFacts& facts) {
  Json json = {{"object", facts.object},  {"program", facts.text.program},      {"section", facts.text.section},
               {"insn", facts.text.insn}, {"kind", to_string(facts.text.kind)}, {"subject", facts.text.subject}};
  switch (facts.resolution.status) {
    case Status::resolved:
      json["status"] = "resolved";
      json["value"] = facts.resolution.value;
      if (facts.resolution.load_size != 0) json["load_size"] = facts.resolution.load_size;
      break;
    case Status::poisoned:
      json["status"] = "poisoned";
      if (facts.why) json["why"] = report::to_json(*facts.why);
      break;
    case Status::failed:
      json["status"] = "failed";
      json["failure"] = to_string(facts.resolution.failure);
      break;
  }
  return json;
}

Json object_json(const ObjectFacts& object) {
  Json json = {{"path", object.path}, {"relocations", object.relocations}};
  if (!object.note.empty()) json["note"] = object.note;
  return json;
}

void add_gen(Json& document, const GenReport& report) {
  if (const auto& kernel = report.kernel) {
    document["kernel"] = {{"path", kernel->path}, {"bytes", kernel->bytes}};
    if (kernel->types) document["kernel"]["types"] = *kernel->types;
  }
  if (const auto& output = report.output) {
    document["output"] = {{"path", output->path},
                          {"bytes", output->bytes},
                          {"types", output->types},
                          {"members", output->members},
                          {"enumerators", output->enumerators}};
  }
  if (const auto& counts = report.relocations) {
    document["relocations"] = {{"total", counts->total},         {"resolved", counts->resolved},
                               {"poisoned", counts->poisoned},   {"failed", counts->failed},
                               {"ambiguous", counts->ambiguous}, {"questions", counts->questions}};
  }
  Json& objects = document["objects"] = Json::array();
  for (const ObjectFacts& object : report.objects) objects.push_back(object_json(object));
  document["skipped_objects"] = report.skipped_objects;
  if (report.verified) document["verified"] = true;
  if (!report.conditions.empty()) document["conditions"] = report.conditions;
  if (report.resolutions.empty()) return;
  Json& resolutions = document["resolutions"] = Json::array();
  for (const ResolutionFacts& facts : report.resolutions) resolutions.push_back(resolution_json(facts));
}

void add_tree(Json& document, const TreeReport& report) {
  document["input"] = report.input;
  document["output"] = report.output;
  document["kernels"] = {
      {"done", report.outputs},          {"failed", report.failed},   {"ignored", report.ignored},
      {"unselected", report.unselected}, {"sources", report.sources}, {"cached", report.cached},
      {"repeated", report.repeated},     {"merged", report.merged},   {"bytes", report.source_bytes}};
  if (report.published) {
    Json& outputs = document["outputs"] = {
        {"files", report.outputs}, {"links", report.links}, {"unchanged", report.unchanged}, {"bytes", report.bytes}};
    if (report.finds_equal) {
      outputs["distinct"] = report.distinct;
      outputs["distinct_bytes"] = report.distinct_bytes;
    }
    outputs["pruned"] = report.pruned;
    outputs["stale"] = report.stale;
  }
  if (!report.manifest.empty()) document["manifest"] = report.manifest;
  document["relocations"] = {{"total", report.relocations},
                             {"resolved", report.resolved},
                             {"poisoned", report.poisoned},
                             {"failed", report.failing}};
  Json& objects = document["objects"] = Json::array();
  for (const ObjectFacts& object : report.objects) objects.push_back(object_json(object));
  document["skipped_objects"] = report.skipped_objects;
  if (report.verified) document["verified"] = true;
  if (!report.conditions.empty()) document["conditions"] = report.conditions;
  if (report.failures.empty()) return;
  Json& failures = document["failures"] = Json::array();
  for (const TreeFailure& failure : report.failures) {
    Json& json = failures.emplace_back(resolution_json(failure.facts));
    json["kernels"] = failure.kernels;
    json["first"] = failure.first;
  }
}

std::string printed(const Json& document) {
  constexpr int indent = 2;
  return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json document_of(const Reply& reply) {
  Json document = document_start(status_word(reply.exit_status), reply.exit_status);
  if (reply.error) document["error"] = error_json(*reply.error);
  if (!reply.errors.empty()) {
    Json& errors = document["errors"] = Json::array();
    for (const ErrorFacts& error : reply.errors) errors.push_back(error_json(error));
  }
  if (reply.tree) {
    add_tree(document, *reply.tree);
  } else if (reply.gen) {
    add_gen(document, *reply.gen);
  } else if (reply.body) {
    reply.body(document);
  } else if (!reply.text.empty()) {
    document["text"] = reply.text;
  }
  document["warnings"] = reply.warnings;
  return document;
}

}  // namespace

std::string to_json(const Reply& reply) { return printed(document_of(reply)); }

JsonFrame json_around(const Reply& reply, const std::string& array) {
  JsonFrame frame = {.before = printed(document_of(reply)), .after = "\n  ]\n}\n"};
  frame.before.resize(frame.before.rfind("\n}"));
  frame.before += ",\n  \"" + array + "\": [\n";
  return frame;
}

std::string interrupted_json(const std::string& truth) {
  Json document = document_start("interrupted", io::interrupted_status);
  if (!truth.empty()) document["written"] = truth;
  return printed(document);
}

}  // namespace minbtf::cli
