// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "commands/pack/pack_report.hpp"

namespace minbtf::cli {

namespace {

void add_figures(const PackReport& report, Json& document) {
  const PackFigures& figures = report.figures;
  document["kernels"] = {{"done", figures.kernels},          {"failed", report.failed},
                         {"distinct", figures.distinct},     {"verbatim", figures.verbatim.size()},
                         {"ignored", figures.ignored},       {"modules", figures.modules},
                         {"unselected", figures.unselected}, {"sources", figures.sources},
                         {"merged", figures.merged},         {"bytes", figures.bytes}};
  Json& verbatim = document["verbatim"] = Json::array();
  for (const VerbatimKernel& each : figures.verbatim)
    verbatim.push_back({{"path", each.path}, {"reason", each.reason}});
}

}  // namespace

void add_pack(const PackReport& report, Json& document) {
  document["inputs"] = report.inputs;
  document["output"] = report.output;
  if (report.has_figures) add_figures(report, document);
  if (report.pack_bytes == 0) return;
  document["files"] = {{"added", report.update.added},
                       {"replaced", report.update.replaced},
                       {"removed", report.update.removed},
                       {"already_there", report.update.already_there}};
  document["pack"] = {{"bytes", report.pack_bytes},
                      {"types_only", report.is_types_only},
                      {"kernels", report.kernels},
                      {"segments", report.segments},
                      {"written", report.is_written}};
}

void add_list(const PackList& list, Json& document) {
  document["pack"] = {{"path", list.path}, {"bytes", list.pack_bytes}, {"types_only", list.is_types_only}};
  document["totals"] = {{"kernels", list.kernels.size()},
                        {"distinct", list.distinct},
                        {"verbatim", list.verbatim},
                        {"sources", list.sources},
                        {"ignored", list.ignored},
                        {"modules", list.modules},
                        {"bytes", list.bytes}};
  Json& sections = document["sections"] = Json::array();
  for (const SectionFigures& each : list.sections) {
    sections.push_back(
        {{"type", each.type}, {"sections", each.sections}, {"stored", each.stored}, {"raw", each.raw_bytes}});
  }
  Json& kernels = document["kernels"] = Json::array();
  for (const ListedKernel& each : list.kernels) {
    Json& kernel = kernels.emplace_back(Json{{"source", each.source->path}});
    if (!each.member->path.empty()) kernel["member"] = each.member->path;
    if (!each.member->inner_tar.empty()) kernel["inner_tar"] = each.member->inner_tar;
    if (!each.architecture.empty()) kernel["architecture"] = each.architecture;
    kernel["release"] = each.release;
    kernel["bytes"] = each.kernel->bytes;
    kernel["types"] = each.kernel->types;
    kernel["byte_order"] = each.kernel->order == ByteOrder::little ? "little" : "big";
    kernel["verbatim"] = each.kernel->form == pack::PackedKernel::Form::verbatim;
    kernel["hash"] = each.kernel->hash.hex();
    kernel["source_sha256"] = each.source->sha256.hex();
  }
}

}  // namespace minbtf::cli
