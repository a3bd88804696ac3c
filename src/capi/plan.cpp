// SPDX-License-Identifier: BSD-2-Clause
// Plans of the C API, their builders, and records in words.
#include <algorithm>

#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::BadArgument;
using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::perform;
using minbtf::capi::required;
using minbtf::capi::required_text;

struct minbtf_plan_builder {
  std::vector<minbtf::BpfObject> objects;
  std::vector<minbtf::Keep> keeps;
  minbtf::Layout layout = minbtf::Layout::normal;
};

struct minbtf_relocation {
  minbtf::RelocationText text;
};

minbtf_plan_builder* minbtf_plan_builder_new(minbtf_error** error) {
  return create(error, [] { return new minbtf_plan_builder; });
}

int minbtf_plan_builder_add_object(minbtf_plan_builder* builder, const minbtf_object* object, minbtf_error** error) {
  return perform(error, [&] { required(builder, "builder").objects.push_back(required(object, "object").object); });
}

int minbtf_plan_builder_add_keep(minbtf_plan_builder* builder, const char* keep, minbtf_error** error) {
  return perform(error, [&] {
    std::vector<minbtf::Keep>& keeps = required(builder, "builder").keeps;
    const std::string text = required_text(keep, "keep");
    try {
      keeps.push_back(minbtf::Keep::parse(text));
    } catch (const std::invalid_argument& reason) {
      throw BadArgument(reason.what());
    }
  });
}

int minbtf_plan_builder_keep_layout(minbtf_plan_builder* builder, bool keep, minbtf_error** error) {
  return perform(error,
                 [&] { required(builder, "builder").layout = keep ? minbtf::Layout::kernel : minbtf::Layout::normal; });
}

minbtf_plan* minbtf_plan_builder_build(const minbtf_plan_builder* builder, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan_builder& from = required(builder, "builder");
    return new minbtf_plan(from.objects, from.keeps, from.layout);
  });
}

void minbtf_plan_builder_free(minbtf_plan_builder* builder) { delete builder; }

void minbtf_plan_free(minbtf_plan* plan) { delete plan; }

size_t minbtf_plan_object_count(const minbtf_plan* plan) { return plan == nullptr ? 0 : plan->objects.size(); }

const minbtf_object* minbtf_plan_object(const minbtf_plan* plan, size_t object) {
  return plan == nullptr ? nullptr : element(plan->objects, object);
}

size_t minbtf_plan_keep_count(const minbtf_plan* plan) { return plan == nullptr ? 0 : plan->keeps.size(); }

const char* minbtf_plan_keep(const minbtf_plan* plan, size_t keep) {
  return plan == nullptr || keep >= plan->keeps.size() ? "" : plan->keeps[keep].c_str();
}

size_t minbtf_plan_question_count(const minbtf_plan* plan) { return plan == nullptr ? 0 : plan->plan.question_count(); }

bool minbtf_plan_takes_part(const minbtf_plan* plan, size_t object, uint32_t byte_order) {
  if (plan == nullptr || object >= plan->objects.size()) return false;
  if (byte_order != MINBTF_LITTLE_ENDIAN && byte_order != MINBTF_BIG_ENDIAN) return false;
  return plan->plan.takes_part(object, static_cast<minbtf::ByteOrder>(byte_order));
}

int minbtf_plan_kept_in(const minbtf_plan* plan, const minbtf_btf* btf, bool* kept, minbtf_error** error) {
  return perform(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    const std::vector<std::size_t> found = of.plan.kept_in(required(btf, "btf").btf);
    if (of.keeps.empty()) return;
    bool* const flags = &required(kept, "kept");
    std::fill_n(flags, of.keeps.size(), false);
    for (const std::size_t keep : found) flags[keep] = true;
  });
}

minbtf_relocation* minbtf_plan_describe(const minbtf_plan* plan, size_t object, size_t relocation,
                                        minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    if (object >= of.objects.size()) throw BadArgument("the plan has no object " + std::to_string(object));
    if (relocation >= of.objects[object].object.relocation_count()) {
      throw BadArgument("the object has no relocation " + std::to_string(relocation));
    }
    return new minbtf_relocation{of.plan.describe(object, relocation)};
  });
}

void minbtf_relocation_free(minbtf_relocation* relocation) { delete relocation; }

const char* minbtf_relocation_program(const minbtf_relocation* relocation) {
  return relocation == nullptr ? "" : relocation->text.program.c_str();
}

const char* minbtf_relocation_section(const minbtf_relocation* relocation) {
  return relocation == nullptr ? "" : relocation->text.section.c_str();
}

uint32_t minbtf_relocation_insn(const minbtf_relocation* relocation) {
  return relocation == nullptr ? 0 : relocation->text.insn;
}

uint32_t minbtf_relocation_kind(const minbtf_relocation* relocation) {
  return relocation == nullptr ? 0 : static_cast<uint32_t>(relocation->text.kind);
}

const char* minbtf_relocation_subject(const minbtf_relocation* relocation) {
  return relocation == nullptr ? "" : relocation->text.subject.c_str();
}

minbtf_workspace* minbtf_workspace_new(minbtf_error** error) {
  return create(error, [] { return new minbtf_workspace; });
}

void minbtf_workspace_free(minbtf_workspace* workspace) { delete workspace; }
