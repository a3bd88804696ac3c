// SPDX-License-Identifier: BSD-2-Clause
// Reductions and resolutions of the C API.
#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::BadArgument;
using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::required;
using minbtf::capi::required_bytes;
using minbtf::capi::required_text;

struct minbtf_reduction {
  explicit minbtf_reduction(minbtf::Reduction of) : reduction(std::move(of)), counts(reduction.resolutions.counts()) {}

  minbtf::Reduction reduction;
  minbtf::ResolutionCounts counts;
};

struct minbtf_resolutions {
  std::vector<minbtf_resolution> list;
};

minbtf_reduction* minbtf_plan_minimize(const minbtf_plan* plan, const minbtf_btf* kernel, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    return new minbtf_reduction(of.plan.minimize(required(kernel, "kernel").btf));
  });
}

minbtf_reduction* minbtf_plan_minimize_bytes(const minbtf_plan* plan, const void* bytes, size_t size, const char* name,
                                             minbtf_workspace* workspace, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    const minbtf::KernelBtf kernel(required_bytes(bytes, size, "bytes"));
    const std::string kernel_name = required_text(name, "name");
    const minbtf::capi::WorkspaceOfCall memory(workspace);
    return new minbtf_reduction(of.plan.minimize(kernel, kernel_name, memory.get()));
  });
}

void minbtf_reduction_free(minbtf_reduction* reduction) { delete reduction; }

const uint8_t* minbtf_reduction_bytes(const minbtf_reduction* reduction) {
  return reduction == nullptr ? nullptr : reduction->reduction.bytes.data();
}

size_t minbtf_reduction_size(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->reduction.bytes.size();
}

uint32_t minbtf_reduction_type_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->reduction.types;
}

uint32_t minbtf_reduction_member_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->reduction.members;
}

uint32_t minbtf_reduction_enumerator_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->reduction.enumerators;
}

uint32_t minbtf_reduction_source_type_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->reduction.source_types;
}

size_t minbtf_reduction_resolved_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->counts.resolved;
}

size_t minbtf_reduction_poisoned_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->counts.poisoned;
}

size_t minbtf_reduction_failed_count(const minbtf_reduction* reduction) {
  return reduction == nullptr ? 0 : reduction->counts.failed;
}

minbtf_resolutions* minbtf_reduction_resolutions(const minbtf_reduction* reduction, minbtf_error** error) {
  return create(error, [&] {
    const minbtf::Resolutions& from = required(reduction, "reduction").reduction.resolutions;
    auto out = std::make_unique<minbtf_resolutions>();
    out->list.reserve(from.size());
    for (const minbtf::Resolution& resolution : from) out->list.push_back({resolution});
    return out.release();
  });
}

minbtf_resolutions* minbtf_plan_resolve(const minbtf_plan* plan, const minbtf_btf* btf, size_t object,
                                        const bool* loaded, size_t loaded_count, minbtf_error** error) {
  return create(error, [&] {
    const minbtf_plan& of = required(plan, "plan");
    const minbtf::Btf& on = required(btf, "btf").btf;
    if (object >= of.objects.size()) throw BadArgument("the plan has no object " + std::to_string(object));
    const std::size_t programs = of.objects[object].object.programs().size();
    const bool all = loaded == nullptr && loaded_count == 0;
    if (!all && loaded_count != programs) {
      throw BadArgument("loaded_count is " + std::to_string(loaded_count) + ", and the object has " +
                        std::to_string(programs) + " programs");
    }
    std::vector<bool> flags;
    if (loaded_count != 0) {
      const bool* const first = &required(loaded, "loaded");
      flags.assign(first, first + loaded_count);
    }
    auto out = std::make_unique<minbtf_resolutions>();
    for (const minbtf::Resolution& resolution : of.plan.resolve(on, object, flags)) out->list.push_back({resolution});
    return out.release();
  });
}

void minbtf_resolutions_free(minbtf_resolutions* resolutions) { delete resolutions; }

size_t minbtf_resolutions_count(const minbtf_resolutions* resolutions) {
  return resolutions == nullptr ? 0 : resolutions->list.size();
}

const minbtf_resolution* minbtf_resolutions_at(const minbtf_resolutions* resolutions, size_t index) {
  return resolutions == nullptr ? nullptr : element(resolutions->list, index);
}

size_t minbtf_resolution_object(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.object;
}

size_t minbtf_resolution_relocation(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.relocation;
}

enum minbtf_status minbtf_resolution_status(const minbtf_resolution* resolution) {
  if (resolution == nullptr) return MINBTF_STATUS_FAILED;
  return static_cast<enum minbtf_status>(resolution->value.status);
}

enum minbtf_failure minbtf_resolution_failure(const minbtf_resolution* resolution) {
  if (resolution == nullptr) return MINBTF_FAILURE_NONE;
  return static_cast<enum minbtf_failure>(resolution->value.failure);
}

uint64_t minbtf_resolution_value(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.value;
}

uint32_t minbtf_resolution_load_size(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.load_size;
}

uint32_t minbtf_resolution_candidates(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.candidates;
}

uint32_t minbtf_resolution_matching(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.matching;
}

uint32_t minbtf_resolution_target_type(const minbtf_resolution* resolution) {
  return resolution == nullptr ? 0 : resolution->value.target_type;
}
