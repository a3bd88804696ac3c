// SPDX-License-Identifier: BSD-2-Clause
// Comparisons of the C API.
#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::required;
using minbtf::capi::required_bytes;
using minbtf::capi::required_text;

struct minbtf_difference {
  explicit minbtf_difference(minbtf::Difference of)
      : value(std::move(of)), full{value.full.resolution}, reduced{value.reduced.resolution} {}

  minbtf::Difference value;
  minbtf_resolution full;
  minbtf_resolution reduced;
};

struct minbtf_comparison {
  explicit minbtf_comparison(minbtf::Comparison of) : value(std::move(of)) {
    differences.reserve(value.differences.size());
    for (const minbtf::Difference& each : value.differences) differences.emplace_back(each);
  }

  minbtf::Comparison value;
  std::vector<minbtf_difference> differences;
};

minbtf_comparison* minbtf_plan_compare(const minbtf_plan* plan, const minbtf_btf* full, const minbtf_btf* reduced,
                                       minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    return new minbtf_comparison(of.plan.compare(required(full, "full").btf, required(reduced, "reduced").btf));
  });
}

minbtf_comparison* minbtf_plan_compare_bytes(const minbtf_plan* plan, const void* full, size_t full_size,
                                             const char* full_name, const minbtf_btf* reduced,
                                             minbtf_workspace* workspace, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    const minbtf::KernelBtf kernel(required_bytes(full, full_size, "full"));
    const std::string name = required_text(full_name, "full_name");
    const minbtf::Btf& other = required(reduced, "reduced").btf;
    const minbtf::capi::WorkspaceOfCall memory(workspace);
    return new minbtf_comparison(of.plan.compare(kernel, name, other, memory.get()));
  });
}

void minbtf_comparison_free(minbtf_comparison* comparison) { delete comparison; }

bool minbtf_comparison_holds(const minbtf_comparison* comparison) {
  return comparison != nullptr && comparison->value.holds();
}

size_t minbtf_comparison_relocation_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->value.relocations;
}

size_t minbtf_comparison_question_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->value.questions;
}

size_t minbtf_comparison_asked_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->value.asked;
}

bool minbtf_comparison_same_byte_order(const minbtf_comparison* comparison) {
  return comparison != nullptr && comparison->value.same_byte_order;
}

size_t minbtf_comparison_difference_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->differences.size();
}

const minbtf_difference* minbtf_comparison_difference(const minbtf_comparison* comparison, size_t index) {
  return comparison == nullptr ? nullptr : element(comparison->differences, index);
}

size_t minbtf_comparison_kept_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->value.kept.size();
}

size_t minbtf_comparison_kept(const minbtf_comparison* comparison, size_t index) {
  return index < minbtf_comparison_kept_count(comparison) ? comparison->value.kept[index] : SIZE_MAX;
}

size_t minbtf_comparison_kept_difference_count(const minbtf_comparison* comparison) {
  return comparison == nullptr ? 0 : comparison->value.kept_differences.size();
}

size_t minbtf_comparison_kept_difference_keep(const minbtf_comparison* comparison, size_t index) {
  if (index >= minbtf_comparison_kept_difference_count(comparison)) return SIZE_MAX;
  return comparison->value.kept_differences[index].keep;
}

const char* minbtf_comparison_kept_difference_text(const minbtf_comparison* comparison, size_t index) {
  if (index >= minbtf_comparison_kept_difference_count(comparison)) return "";
  return comparison->value.kept_differences[index].text.c_str();
}

size_t minbtf_difference_object(const minbtf_difference* difference) {
  return difference == nullptr ? 0 : difference->value.object;
}

size_t minbtf_difference_relocation(const minbtf_difference* difference) {
  return difference == nullptr ? 0 : difference->value.relocation;
}

const char* minbtf_difference_subject(const minbtf_difference* difference) {
  return difference == nullptr ? "" : difference->value.subject.c_str();
}

size_t minbtf_difference_program_count(const minbtf_difference* difference) {
  return difference == nullptr ? 0 : difference->value.programs.size();
}

size_t minbtf_difference_program(const minbtf_difference* difference, size_t index) {
  return index < minbtf_difference_program_count(difference) ? difference->value.programs[index] : MINBTF_NO_PROGRAM;
}

const char* minbtf_difference_loader(const minbtf_difference* difference) {
  return difference == nullptr ? "" : difference->value.loader.c_str();
}

bool minbtf_difference_for_foreign_loader(const minbtf_difference* difference) {
  return difference != nullptr && difference->value.for_foreign_loader;
}

const minbtf_resolution* minbtf_difference_full(const minbtf_difference* difference) {
  return difference == nullptr ? nullptr : &difference->full;
}

const char* minbtf_difference_full_text(const minbtf_difference* difference) {
  return difference == nullptr ? "" : difference->value.full.text.c_str();
}

const minbtf_resolution* minbtf_difference_reduced(const minbtf_difference* difference) {
  return difference == nullptr ? nullptr : &difference->reduced;
}

const char* minbtf_difference_reduced_text(const minbtf_difference* difference) {
  return difference == nullptr ? "" : difference->value.reduced.text.c_str();
}
