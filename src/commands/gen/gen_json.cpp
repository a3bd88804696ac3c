// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/gen_json.hpp"

#include <nlohmann/json.hpp>

#include "cli/json.hpp"

namespace minbtf::cli {

namespace {

Json resolution_json(const ResolutionFacts& facts) {
  Json json = {{"object", facts.object},  {"program", facts.text.program},      {"section", facts.text.section},
               {"insn", facts.text.insn}, {"kind", to_string(facts.text.kind)}, {"subject", facts.text.subject}};
  switch (facts.resolution.status) {
    case Status::resolved:
      json["status"] = "resolved";
      json["value"] = facts.resolution.value;
      if (facts.resolution.load_size != 0) json["load_size"] = facts.resolution.load_size;
      if (facts.why) json["why"] = to_json(*facts.why);
      break;
    case Status::poisoned:
      json["status"] = "poisoned";
      if (facts.why) json["why"] = to_json(*facts.why);
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
  if (object.byte_order) json["byte_order"] = *object.byte_order == ByteOrder::little ? "little" : "big";
  if (object.architectures) json["bpfarch"] = *object.architectures;
  if (object.left_out) json["left_out"] = *object.left_out;
  return json;
}

void add_kernel(const GenReport& report, Json& document) {
  if (const auto& kernel = report.kernel) {
    document["kernel"] = {{"path", kernel->path}, {"bytes", kernel->bytes}};
    if (kernel->types) document["kernel"]["types"] = *kernel->types;
    if (const auto& modules = kernel->modules) {
      document["kernel"]["modules"] = {{"read", modules->read}, {"needed", modules->needed}};
    }
  }
  if (const auto& output = report.written) {
    document["output"] = {{"path", output->path},
                          {"bytes", output->bytes},
                          {"types", output->types},
                          {"members", output->members},
                          {"enumerators", output->enumerators}};
    if (output->in_place) document["output"]["in_place"] = true;
  }
  if (const auto& counts = report.relocations) {
    document["relocations"] = {{"total", counts->total},         {"resolved", counts->resolved},
                               {"poisoned", counts->poisoned},   {"failed", counts->failed},
                               {"ambiguous", counts->ambiguous}, {"questions", counts->questions}};
  }
}

void add_tree(const GenReport& report, Json& document) {
  const TreeFigures& tree = report.tree;
  document["input"] = report.input;
  document["output"] = report.output;
  document["kernels"] = {{"done", tree.outputs},      {"failed", tree.failed},         {"ignored", tree.ignored},
                         {"modules", tree.modules},   {"unselected", tree.unselected}, {"sources", tree.sources},
                         {"cached", tree.cached},     {"repeated", tree.repeated},     {"merged", tree.merged},
                         {"bytes", tree.source_bytes}};
  if (tree.failed_modules != 0) document["kernels"]["failed_modules"] = tree.failed_modules;
  if (tree.published) {
    Json& outputs = document["outputs"] = {{"files", tree.outputs}, {"links", tree.links}};
    if (!report.package) outputs["unchanged"] = tree.unchanged;
    outputs["bytes"] = tree.bytes;
    if (tree.finds_equal) {
      outputs["distinct"] = tree.distinct;
      outputs["distinct_bytes"] = tree.distinct_bytes;
    }
    if (tree.shared) outputs["shared"] = *tree.shared;
    if (!report.package) {
      outputs["pruned"] = tree.pruned;
      outputs["stale"] = tree.stale;
    }
  }
  if (!tree.manifest.empty()) document["manifest"] = tree.manifest;
  const RelocationCounts counts = report.relocations.value_or(RelocationCounts());
  document["relocations"] = {
      {"total", counts.total}, {"resolved", counts.resolved}, {"poisoned", counts.poisoned}, {"failed", counts.failed}};
}

void add_failures(const GenReport& report, Json& document) {
  if (!report.is_tree || report.failures.empty()) return;
  Json& failures = document["failures"] = Json::array();
  for (const FailureFacts& failure : report.failures) {
    Json& json = failures.emplace_back(resolution_json(failure.facts));
    json["kernels"] = failure.kernels;
    json["first"] = failure.first;
  }
}

}  // namespace

void add_gen(const GenReport& report, Json& document) {
  report.is_tree ? add_tree(report, document) : add_kernel(report, document);
  if (const auto& package = report.package) {
    document["package"] = {{"form", package->form}, {"bytes", package->bytes}};
    if (package->in_place) document["package"]["in_place"] = true;
    if (const auto& bundle = package->bundle) {
      document["package"]["kernels"] = bundle->kernels;
      document["package"]["contents"] = bundle->contents;
      if (!bundle->kernel.empty()) document["package"]["kernel"] = bundle->kernel;
    }
  }
  Json& objects = document["objects"] = Json::array();
  for (const ObjectFacts& object : report.objects) objects.push_back(object_json(object));
  document["skipped_objects"] = report.skipped_objects;
  document["unselected_objects"] = report.unselected_objects;
  if (!report.keeps.empty()) document["keep"] = report.keeps;
  if (report.keeps_layout) document["layout"] = "kernel";
  if (report.verified) document["verified"] = true;
  if (!report.conditions.empty()) document["conditions"] = report.conditions;
  add_failures(report, document);
  if (report.resolutions.empty()) return;
  Json& resolutions = document["resolutions"] = Json::array();
  for (const ResolutionFacts& facts : report.resolutions) resolutions.push_back(resolution_json(facts));
}

}  // namespace minbtf::cli
