// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/verify_json.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/keep_options.hpp"

namespace minbtf::cli {

namespace {

Json decision_json(const Decision& decision, RelocationKind kind) {
  Json json;
  switch (decision.resolution.status) {
    case Status::resolved:
      json["status"] = "resolved";
      // The value of a type_id_target is an id, which means nothing in the other BTF. The text names the type.
      if (kind != RelocationKind::type_id_target) json["value"] = decision.resolution.value;
      if (decision.resolution.load_size != 0) json["load_size"] = decision.resolution.load_size;
      break;
    case Status::poisoned:
      json["status"] = "poisoned";
      break;
    case Status::failed:
      json["status"] = "failed";
      json["failure"] = to_string(decision.resolution.failure);
      break;
  }
  json["text"] = decision.text;
  return json;
}

Json difference_json(const Difference& difference, const Plan& plan) {
  const BpfObject& object = plan.objects()[difference.object];
  const RelocationText text = plan.describe(difference.object, difference.relocation);
  Json json = {{"object", object.name()},
               {"program", text.program},
               {"section", text.section},
               {"insn", text.insn},
               {"kind", to_string(text.kind)},
               {"subject", difference.subject},
               {"full", decision_json(difference.full, text.kind)},
               {"reduced", decision_json(difference.reduced, text.kind)}};
  Json& programs = json["programs"] = Json::array();
  for (const std::size_t program : difference.programs) programs.push_back(object.programs()[program].name);
  if (!difference.loader.empty()) json["loader"] = difference.loader;
  return json;
}

Json loader_json(const libbpf::LoaderComparison& loader, const Plan& plan) {
  const auto name = [&](std::size_t object) { return plan.objects()[object].name(); };
  Json json = {{"objects", loader.objects}, {"loads", loader.loads}, {"relocations", loader.relocations}};
  Json& differences = json["differences"] = Json::array();
  for (const libbpf::LoaderDifference& each : loader.differences) {
    differences.push_back({{"object", name(each.object)},
                           {"program", each.program},
                           {"record", each.record},
                           {"full", each.full},
                           {"reduced", each.reduced}});
  }
  Json& stops = json["stopped"] = Json::array();
  for (const libbpf::LoaderStop& each : loader.stops) {
    stops.push_back({{"object", name(each.object)}, {"reason", each.reason}});
  }
  return json;
}

const char* status_of(const VerifiedKernel& kernel) {
  if (kernel.missing) return "missing";
  if (kernel.error) return "failed";
  return kernel.is_same() ? "same" : "different";
}

Json kernel_json(const VerifiedKernel& kernel, const Plan& plan) {
  Json json = {{"kernel", kernel.kernel},
               {"reduced", kernel.reduced},
               {"status", status_of(kernel)},
               {"full_bytes", kernel.full_bytes}};
  if (!kernel.comparison) return json;
  json["reduced_bytes"] = kernel.reduced_bytes;
  json["same_byte_order"] = kernel.comparison->same_byte_order;
  json["relocations"] = kernel.comparison->relocations;
  json["asked"] = kernel.comparison->asked;
  if (!kernel.refusal.empty()) json["refused"] = kernel.refusal;
  json["different_relocations"] = kernel.differences;
  Json& differences = json["differences"] = Json::array();
  for (const Difference& each : *kernel.first_differences) differences.push_back(difference_json(each, plan));
  if (!plan.keeps().empty()) {
    json["kept"] = kernel.comparison->kept.size();
    Json& kept = json["kept_differences"] = Json::array();
    for (const KeptDifference& each : kernel.comparison->kept_differences) {
      kept.push_back({{"keep", plan.keeps()[each.keep].text()}, {"text", each.text}});
    }
  }
  json["noted_relocations"] = kernel.notes;
  Json& notes = json["notes"] = Json::array();
  for (const Difference& each : *kernel.first_notes) notes.push_back(difference_json(each, plan));
  if (kernel.loader) json["loader"] = loader_json(*kernel.loader, plan);
  return json;
}

}  // namespace

std::function<void(Json& document)> verify_json(const VerifyReport& report, const archive::Plans& plans) {
  const Plan& plan = plans.all();
  const VerifyFigures figures = figures_of(report);
  Json json = {{"full", report.full}, {"reduced", report.reduced}};
  json["kernels"] = {{"compared", figures.compared}, {"different", figures.different}, {"missing", figures.missing},
                     {"failed", figures.failed},     {"extra", report.extra.size()},   {"ignored", report.ignored},
                     {"modules", report.modules},    {"unselected", report.unselected}};
  json["relocations"] = figures.relocations;
  json["questions"] = plan.question_count();
  json["asked"] = figures.asked;
  json["different_relocations"] = figures.differences;
  if (!plan.keeps().empty()) {
    json["keep"] = texts_of(plan.keeps());
    json["kept"] = figures.kept;
    json["kept_differences"] = figures.kept_differences;
  }
  json["loaders"] = report.loaders == Loaders::native ? "native" : "all";
  json["noted_relocations"] = figures.notes;
  Json& objects = json["objects"] = Json::array();
  const KernelsByPlan kernels = kernels_by_plan(report);
  const bool both_orders = has_both_orders(plans);
  for (std::size_t i = 0; i < plan.objects().size(); ++i) {
    const BpfObject& object = plan.objects()[i];
    Json& entry = objects.emplace_back(Json{{"path", object.name()}, {"relocations", object.relocation_count()}});
    if (!object.note().empty()) entry["note"] = object.note();
    if (both_orders) entry["byte_order"] = order_word(object);
    if (const auto architectures = architectures_of(plans, i)) entry["bpfarch"] = *architectures;
    if (may_leave_out(plans)) entry["left_out"] = kernels_without(i, kernels);
  }
  json["skipped_objects"] = report.skipped_objects;
  json["unselected_objects"] = report.unselected_objects;
  Json& results = json["results"] = Json::array();
  for (const VerifiedKernel& kernel : report.kernels) results.push_back(kernel_json(kernel, plan));
  json["extra"] = report.extra;
  // Moved, not copied: for thousands of kernels it takes hundreds of megabytes.
  return [shared = std::make_shared<Json>(std::move(json))](Json& document) {
    for (const auto& item : shared->items()) document[item.key()] = std::move(item.value());
  };
}

}  // namespace minbtf::cli
