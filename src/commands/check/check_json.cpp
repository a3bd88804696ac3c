// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/json.hpp"
#include "cli/objects.hpp"

namespace minbtf::cli {

namespace {

const char* word(Standing standing) {
  switch (standing) {
    case Standing::relocates:
      return "relocates";
    case Standing::guarded:
      return "guarded";
    case Standing::poisoned:
      return "poisoned";
    case Standing::fails:
      return "fails";
  }
  return "";
}

Json kernel_json(const CheckResult& result, std::size_t kernel) {
  const Release& release = result.kernels().release(kernel);
  Json json = {{"path", result.path(kernel)}, {"directory", release.directory}};
  if (!release.version.empty()) {
    json["release"] = release.version;
    json["flavour"] = release.flavour;
  }
  json["combination"] = result.combination_of(kernel);
  const std::uint32_t module_list = result.module_list_of(kernel);
  if (module_list != CheckResult::no_modules) json["module_types"] = module_list;
  return json;
}

Json condition_json(const DataCondition& condition) {
  Json json = {{"variable", condition.variable}, {"section", condition.section}, {"value", condition.value}};
  if (condition.is_signed) json["value"] = static_cast<std::int64_t>(condition.value);
  return json;
}

Json trouble_json(const CheckResult& result, const UnresolvedRelocation& failing) {
  Json json = Json::object();
  if (failing.relocation != no_relocation) {
    const RelocationText text = result.describe(failing);
    if (result.function_of(failing) != failing.program) json["function"] = text.program;
    json["insn"] = text.insn;
    json["kind"] = to_string(text.kind);
    json["subject"] = text.subject;
  }
  if (failing.status == Status::resolved) {
    json["status"] = "resolved";
  } else if (failing.status == Status::failed) {
    json["status"] = "failed";
    json["failure"] = to_string(failing.failure);
  } else {
    json["status"] = "poisoned";
    json["guard"] = to_string(failing.guard);
    for (const DataCondition& each : failing.conditions) json["while"].push_back(condition_json(each));
  }
  json["why"] = to_json(failing.why);
  return json;
}

/// Programs of one outcome that have an UnresolvedRelocation.
Json programs_json(const CheckResult& result, const BpfObject& object, const ObjectOutcome& outcome) {
  std::vector<std::vector<UnresolvedRelocation>> unresolved(object.programs().size());
  for (const UnresolvedRelocation& failing : outcome.unresolved()) unresolved[failing.program].push_back(failing);
  Json programs = Json::array();
  for (std::size_t program = 0; program < unresolved.size(); ++program) {
    if (unresolved[program].empty()) continue;
    Json& json = programs.emplace_back(Json{{"program", program},
                                            {"name", object.programs()[program].name},
                                            {"status", word(standing_of(unresolved[program]))}});
    Json& relocations = json["relocations"] = Json::array();
    for (const UnresolvedRelocation& failing : unresolved[program])
      relocations.push_back(trouble_json(result, failing));
  }
  return programs;
}

Json outcome_json(const CheckResult& result, std::size_t object, std::size_t index) {
  const std::vector<ObjectOutcome>& outcomes = result.outcomes(object);
  std::vector<bool> wanted(outcomes.size());
  wanted[index] = true;
  const std::vector<bool> chosen = result.kernels_of(object, wanted);
  const auto first = static_cast<std::size_t>(std::ranges::find(chosen, true) - chosen.begin());
  return {{"status", word(outcomes[index].standing)},
          {"kernels", std::ranges::count(chosen, true)},
          {"first", result.path(first)},
          {"programs", programs_json(result, result.objects()[object], outcomes[index])}};
}

Json object_json(const CheckFacts& facts, const CheckResult& result, std::size_t index) {
  const BpfObject& object = result.objects()[index];
  Json json = {{"path", object.name()}, {"relocations", object.relocation_count()}, {"byte_order", order_word(object)}};
  if (!object.note().empty()) json["note"] = object.note();
  if (index < facts.without_btf.size()) json["without_kernel_btf"] = to_string(facts.without_btf[index]);
  if (index < facts.takes_type_ids.size()) json["takes_type_ids"] = static_cast<bool>(facts.takes_type_ids[index]);
  if (index < facts.architectures.size() && facts.architectures[index]) json["bpfarch"] = *facts.architectures[index];
  Json& programs = json["programs"] = Json::array();
  for (std::size_t i = 0; i < object.programs().size(); ++i) {
    const Program& program = object.programs()[i];
    const bool is_program = std::ranges::binary_search(result.programs(index), i);
    programs.push_back({{"name", program.name}, {"section", program.section}, {"called", !is_program}});
  }
  Json& outcomes = json["outcomes"] = Json::array();
  for (std::size_t i = 0; i < result.outcomes(index).size(); ++i) outcomes.push_back(outcome_json(result, index, i));
  return json;
}

Json combinations_json(const CheckResult& result) {
  Json combinations = Json::array();
  for (const std::vector<std::uint32_t>& combination : result.combinations()) {
    Json& json = combinations.emplace_back(Json::array());
    for (const std::uint32_t outcome : combination) {
      json.push_back(outcome == CheckResult::not_used ? Json() : Json(outcome));
    }
  }
  return combinations;
}

Json answer_json(const ModuleAnswer& answer) {
  Json json = {{"modules", answer.modules}};
  if (answer.status == Status::failed) {
    json["status"] = "failed";
    json["failure"] = to_string(answer.failure);
  } else if (answer.status == Status::poisoned) {
    json["status"] = "poisoned";
  } else {
    json["status"] = "resolved";
    json["value"] = answer.value;
    if (answer.load_size != 0) json["load_size"] = answer.load_size;
  }
  return json;
}

Json module_difference_json(const CheckResult& result, const ModuleDifference& difference) {
  const RelocationText text = result.describe(difference);
  Json json = {{"object", difference.object},
               {"program", text.program},
               {"insn", text.insn},
               {"kind", to_string(difference.kind)},
               {"subject", difference.subject}};
  Json& alone = json["alone"] = Json::array();
  for (const ModuleAnswer& each : difference.alone) alone.push_back(answer_json(each));
  json["together"] = answer_json(difference.together);
  json["depends_on_order"] = difference.depends_on_order;
  return json;
}

Json module_types_json(const CheckResult& result) {
  Json lists = Json::array();
  for (const ModuleRoots& roots : result.module_lists()) {
    Json& list = lists.emplace_back(Json::array());
    for (const ModuleRoot& root : *roots) {
      Json& json = list.emplace_back(Json{{"type", root.type}, {"modules", root.modules}, {"agree", root.agree()}});
      Json& differences = json["differences"] = Json::array();
      for (const ModuleDifference& each : root.differences) differences.push_back(module_difference_json(result, each));
    }
  }
  return lists;
}

void add_result(const CheckFacts& facts, const CheckResult& result, Json& document) {
  Json& summary = document["summary"] = {{"kernels", result.kernels().size()}, {"objects", result.objects().size()}};
  const std::vector<std::size_t> counts = programs_by_standing(result);
  summary["programs"] = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  // Without a kernel, no program has a standing: all counts are 0.
  const bool has_kernels = result.kernels().size() != 0;
  for (std::size_t i = 0; i < counts.size(); ++i) summary[word(static_cast<Standing>(i))] = has_kernels ? counts[i] : 0;
  Json& objects = document["objects"] = Json::array();
  for (std::size_t i = 0; i < result.objects().size(); ++i) objects.push_back(object_json(facts, result, i));
  document["combinations"] = combinations_json(result);
  document["module_types"] = module_types_json(result);
  Json& kernels = document["kernels"] = Json::array();
  for (std::size_t i = 0; i < result.kernels().size(); ++i) kernels.push_back(kernel_json(result, i));
}

}  // namespace

void add_check(const CheckFacts& facts, const CheckResult* result, Json& document) {
  document["input"] = facts.input;
  document["ignored"] = facts.ignored;
  document["modules"] = facts.modules;
  document["unselected"] = facts.unselected;
  document["repeated"] = facts.repeated.size();
  document["skipped_objects"] = facts.skipped_objects;
  document["unselected_objects"] = facts.unselected_objects;
  Json& conditions = document["conditions"] = Json::array();
  for (const auto& [condition, extent] : facts.conditions) {
    conditions.push_back(
        {{"word", condition}, {"objects", extent.objects}, {"programs", extent.programs}, {"kernels", extent.kernels}});
  }
  if (result != nullptr) add_result(facts, *result, document);
}

}  // namespace minbtf::cli
