// SPDX-License-Identifier: BSD-2-Clause
// Relocations that do not resolve, in the C API.
#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::required;
using minbtf::capi::required_bytes;
using minbtf::capi::required_text;

struct minbtf_unresolved {
  explicit minbtf_unresolved(minbtf::UnresolvedRelocation of)
      : value(std::move(of)), text(to_string(value.why)), conditions(minbtf::to_string(value.conditions)) {}

  minbtf::UnresolvedRelocation value;
  std::string text;
  std::string conditions;
};

struct minbtf_check {
  std::vector<minbtf_unresolved> list;
};

namespace {

minbtf_check* check_of(std::vector<minbtf::UnresolvedRelocation> found) {
  auto out = std::make_unique<minbtf_check>();
  out->list.reserve(found.size());
  for (minbtf::UnresolvedRelocation& each : found) out->list.emplace_back(std::move(each));
  return out.release();
}

const minbtf::DataCondition* condition_of(const minbtf_unresolved* unresolved, size_t condition) noexcept {
  return unresolved == nullptr ? nullptr : element(unresolved->value.conditions, condition);
}

}  // namespace

minbtf_check* minbtf_plan_check(const minbtf_plan* plan, const minbtf_btf* kernel, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    return check_of(of.plan.check(required(kernel, "kernel").btf));
  });
}

minbtf_check* minbtf_plan_check_bytes(const minbtf_plan* plan, const void* bytes, size_t size, const char* name,
                                      minbtf_workspace* workspace, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    const minbtf::KernelBtf kernel(required_bytes(bytes, size, "bytes"));
    const std::string kernel_name = required_text(name, "name");
    const minbtf::capi::WorkspaceOfCall memory(workspace);
    return check_of(of.plan.check(kernel, kernel_name, memory.get()));
  });
}

void minbtf_check_free(minbtf_check* check) { delete check; }

size_t minbtf_check_unresolved_count(const minbtf_check* check) { return check == nullptr ? 0 : check->list.size(); }

const minbtf_unresolved* minbtf_check_unresolved(const minbtf_check* check, size_t index) {
  return check == nullptr ? nullptr : element(check->list, index);
}

size_t minbtf_unresolved_object(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? 0 : unresolved->value.object;
}

size_t minbtf_unresolved_relocation(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? 0 : unresolved->value.relocation;
}

size_t minbtf_unresolved_program(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? 0 : unresolved->value.program;
}

enum minbtf_status minbtf_unresolved_status(const minbtf_unresolved* unresolved) {
  if (unresolved == nullptr) return MINBTF_STATUS_RESOLVED;
  return static_cast<enum minbtf_status>(unresolved->value.status);
}

enum minbtf_failure minbtf_unresolved_failure(const minbtf_unresolved* unresolved) {
  if (unresolved == nullptr) return MINBTF_FAILURE_NONE;
  return static_cast<enum minbtf_failure>(unresolved->value.failure);
}

enum minbtf_guard minbtf_unresolved_guard(const minbtf_unresolved* unresolved) {
  if (unresolved == nullptr) return MINBTF_GUARD_NONE;
  return static_cast<enum minbtf_guard>(unresolved->value.guard);
}

enum minbtf_unresolved_reason minbtf_unresolved_reason(const minbtf_unresolved* unresolved) {
  if (unresolved == nullptr) return MINBTF_UNRESOLVED_NONE;
  return static_cast<enum minbtf_unresolved_reason>(unresolved->value.why.reason);
}

const char* minbtf_unresolved_subject(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? "" : unresolved->value.why.subject.c_str();
}

const char* minbtf_unresolved_detail(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? "" : unresolved->value.why.detail.c_str();
}

const char* minbtf_unresolved_text(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? "" : unresolved->text.c_str();
}

size_t minbtf_unresolved_condition_count(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? 0 : unresolved->value.conditions.size();
}

const char* minbtf_unresolved_condition_variable(const minbtf_unresolved* unresolved, size_t condition) {
  const minbtf::DataCondition* const found = condition_of(unresolved, condition);
  return found == nullptr ? "" : found->variable.c_str();
}

const char* minbtf_unresolved_condition_section(const minbtf_unresolved* unresolved, size_t condition) {
  const minbtf::DataCondition* const found = condition_of(unresolved, condition);
  return found == nullptr ? "" : found->section.c_str();
}

uint64_t minbtf_unresolved_condition_value(const minbtf_unresolved* unresolved, size_t condition) {
  const minbtf::DataCondition* const found = condition_of(unresolved, condition);
  return found == nullptr ? 0 : found->value;
}

bool minbtf_unresolved_condition_is_signed(const minbtf_unresolved* unresolved, size_t condition) {
  const minbtf::DataCondition* const found = condition_of(unresolved, condition);
  return found != nullptr && found->is_signed;
}

const char* minbtf_unresolved_conditions_text(const minbtf_unresolved* unresolved) {
  return unresolved == nullptr ? "" : unresolved->conditions.c_str();
}
