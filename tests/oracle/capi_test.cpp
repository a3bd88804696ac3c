// SPDX-License-Identifier: BSD-2-Clause
// The C API with real objects and kernels: the results of the C++ API, of `gen` and of libbpf's resolver.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "minbtf/minbtf.h"
#include "support/fixtures.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

template <auto release>
struct Free {
  template <typename Handle>
  void operator()(Handle* handle) const noexcept {
    release(handle);
  }
};

using PlanHandle = std::unique_ptr<minbtf_plan, Free<minbtf_plan_free>>;
using BtfHandle = std::unique_ptr<minbtf_btf, Free<minbtf_btf_free>>;
using ReductionHandle = std::unique_ptr<minbtf_reduction, Free<minbtf_reduction_free>>;
using ResolutionsHandle = std::unique_ptr<minbtf_resolutions, Free<minbtf_resolutions_free>>;

PlanHandle plan_of(const std::vector<const OracleObject*>& objects) {
  const std::unique_ptr<minbtf_plan_builder, Free<minbtf_plan_builder_free>> builder(minbtf_plan_builder_new(nullptr));
  for (const OracleObject* each : objects) {
    const std::unique_ptr<minbtf_object, Free<minbtf_object_free>> object(
        minbtf_object_from_bytes(each->bytes.data(), each->bytes.size(), each->name().c_str(), nullptr));
    REQUIRE(minbtf_plan_builder_add_object(builder.get(), object.get(), nullptr) == 0);
  }
  return PlanHandle(minbtf_plan_builder_build(builder.get(), nullptr));
}

std::vector<std::uint8_t> bytes_of(const minbtf_reduction* reduction) {
  const std::uint8_t* const bytes = minbtf_reduction_bytes(reduction);
  return {bytes, bytes + minbtf_reduction_size(reduction)};
}

bool is_same(const Resolution& ours, const minbtf_resolution* theirs) {
  return ours.object == minbtf_resolution_object(theirs) && ours.relocation == minbtf_resolution_relocation(theirs) &&
         static_cast<unsigned>(ours.status) == static_cast<unsigned>(minbtf_resolution_status(theirs)) &&
         static_cast<unsigned>(ours.failure) == static_cast<unsigned>(minbtf_resolution_failure(theirs)) &&
         ours.value == minbtf_resolution_value(theirs) && ours.load_size == minbtf_resolution_load_size(theirs) &&
         ours.candidates == minbtf_resolution_candidates(theirs) &&
         ours.matching == minbtf_resolution_matching(theirs) &&
         ours.target_type == minbtf_resolution_target_type(theirs);
}

/// Returns true if the C API has these resolutions.
template <typename List>
bool is_same(const List& ours, const minbtf_resolutions* theirs) {
  if (ours.size() != minbtf_resolutions_count(theirs)) return false;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (!is_same(ours[i], minbtf_resolutions_at(theirs, i))) return false;
  }
  return true;
}

std::vector<OracleObject> objects_at_hand() {
  listen_to_libbpf();
  std::vector<OracleObject> out = test_objects("el");
  const std::size_t own = out.size();
  for (OracleObject& object : tool_objects()) out.push_back(std::move(object));
  if (out.size() == own) missing("Debian's package libbpf-tools");
  return out;
}

std::vector<OracleKernel> kernels_at_hand() {
  std::vector<OracleKernel> kernels;
  kernels.push_back(oracle_kernel(kernel_btf(), "the tests' kernel"));
  for (const KernelFile& file : selected_kernel_files()) kernels.push_back(file.load());
  if (kernels.size() == 1) missing("a kernel's BTF: neither /sys/kernel/btf/vmlinux nor MINBTF_KERNELS");
  return kernels;
}

}  // namespace

TEST_CASE("capi: libbpf resolves each relocation of real objects as the C API reports it") {
  const std::vector<OracleObject> objects = objects_at_hand();
  std::size_t relocations = 0;
  std::string wrong;
  for (OracleKernel& kernel : kernels_at_hand()) {
    if (kernel.btf.byte_order() != ByteOrder::little) continue;
    const BtfHandle btf(
        minbtf_btf_from_bytes(kernel.bytes.data(), kernel.bytes.size(), kernel.name().c_str(), nullptr));
    for (const OracleObject& object : objects) {
      const Plan plan({object.parsed()});
      const PlanHandle theirs = plan_of({&object});
      const ReductionHandle reduction(minbtf_plan_minimize(theirs.get(), btf.get(), nullptr));
      REQUIRE(reduction != nullptr);
      ResolverTarget on_reduced(bytes_of(reduction.get()), "reduced");
      const LibbpfCase each = {plan, object.resolver, kernel.btf, kernel.target, on_reduced};
      std::vector<Resolution> ours;
      const std::vector<bool> all(object.parsed().programs().size(), true);
      std::string difference = wrong_by_libbpf(each, all, LawRules::newest, ours);
      const ResolutionsHandle resolved(minbtf_plan_resolve(theirs.get(), btf.get(), 0, nullptr, 0, nullptr));
      if (!is_same(ours, resolved.get())) difference = "minbtf_plan_resolve() differs";
      if (!difference.empty()) wrong += kernel.name() + ", " + object.name() + ": " + difference + "\n";
      relocations += ours.size();
    }
  }
  std::cout << relocations << " relocations compared with libbpf\n";
  CHECK(relocations > 100);
  CHECK(wrong.empty());
}

TEST_CASE("capi: the C API returns the bytes of gen and the results of the C++ API for all real objects together") {
  const std::vector<OracleObject> objects = objects_at_hand();
  std::vector<const OracleObject*> all;
  std::vector<BpfObject> parsed;
  const TempDir directory;
  std::vector<std::string> paths;
  for (const OracleObject& object : objects) {
    all.push_back(&object);
    parsed.push_back(object.parsed());
    paths.push_back(directory.write(std::to_string(paths.size()) + ".o", object.bytes));
  }
  const Plan plan(parsed);
  const PlanHandle theirs = plan_of(all);
  CHECK(minbtf_plan_question_count(theirs.get()) == plan.question_count());
  for (const OracleKernel& kernel : kernels_at_hand()) {
    CAPTURE(kernel.name());
    const Reduction ours = plan.minimize(kernel.btf);
    const ReductionHandle reduction(
        minbtf_plan_minimize_bytes(theirs.get(), kernel.bytes.data(), kernel.bytes.size(), "kernel", nullptr, nullptr));
    REQUIRE(reduction != nullptr);
    CHECK(bytes_of(reduction.get()) == ours.bytes);
    const ResolutionsHandle resolutions(minbtf_reduction_resolutions(reduction.get(), nullptr));
    CHECK(is_same(ours.resolutions, resolutions.get()));
    CHECK(minbtf_reduction_resolved_count(reduction.get()) == ours.resolutions.counts().resolved);

    std::vector<std::string> gen = {"gen", "--quiet", directory.write("kernel.btf", kernel.bytes),
                                    directory.file("gen.btf")};
    gen.insert(gen.end(), paths.begin(), paths.end());
    REQUIRE(run_min_btf(gen).status == 0);
    CHECK(minbtf::test::bytes_of(directory.file("gen.btf")) == ours.bytes);

    const std::vector<UnresolvedRelocation> unresolved = plan.check(kernel.btf);
    const std::unique_ptr<minbtf_check, Free<minbtf_check_free>> check(
        minbtf_plan_check_bytes(theirs.get(), kernel.bytes.data(), kernel.bytes.size(), "kernel", nullptr, nullptr));
    REQUIRE(minbtf_check_unresolved_count(check.get()) == unresolved.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < unresolved.size(); ++i) {
      const minbtf_unresolved* const each = minbtf_check_unresolved(check.get(), i);
      const bool same = to_string(unresolved[i].why) == minbtf_unresolved_text(each) &&
                        to_string(unresolved[i].conditions) == minbtf_unresolved_conditions_text(each) &&
                        static_cast<int>(unresolved[i].guard) == static_cast<int>(minbtf_unresolved_guard(each)) &&
                        unresolved[i].object == minbtf_unresolved_object(each) &&
                        unresolved[i].relocation == minbtf_unresolved_relocation(each) &&
                        unresolved[i].program == minbtf_unresolved_program(each);
      if (!same) ++different;
    }
    CHECK(different == 0);
  }
}

}  // namespace minbtf::test
