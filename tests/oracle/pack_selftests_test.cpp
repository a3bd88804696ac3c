// SPDX-License-Identifier: BSD-2-Clause
// The kernel's CO-RE selftests with all their targets in one pack.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "oracle/oracle_selftests.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/skip.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
namespace fs = std::filesystem;

PackedKernels packed_targets(const Selftests& tests) {
  std::vector<Bytes> kernels;
  for (const fs::path& path : tests.targets) kernels.push_back(btf_section(path));
  return PackedKernels(std::move(kernels));
}

/// Returns false, and reports the reason, if there are no selftests. The test must then return.
bool available(const Selftests& tests) {
  listen_to_libbpf();
  if (!tests.note.empty()) skip_test(tests.note);
  return tests.note.empty();
}

/// Reduces a target from the pack. Returns what libbpf resolves differently on the result and on the whole target.
std::string wrong_to_libbpf(const SelftestPair& pair, const PackedKernels& kernels, std::size_t target,
                            std::size_t& relocations) {
  const OracleObject object = oracle_object(bytes_of(pair.object), pair.object.filename().string());
  const Plan plan({object.parsed()});
  const Btf full = Btf::parse(kernels.whole(target), "full");
  Workspace workspace;
  const Bytes stand_in = kernels.stand_in(target, plan.wanted_types(full.byte_order()));
  const Bytes reduced = plan.minimize(kernels.as_kernel(target, stand_in), "kernel", workspace).bytes;
  ResolverTarget on_full(kernels.whole(target), "full");
  ResolverTarget on_reduced(reduced, "reduced");
  const LibbpfCase both = {
      .plan = plan, .object = object.resolver, .full = full, .on_full = on_full, .on_reduced = on_reduced};
  std::vector<Resolution> ours;
  const std::vector<bool> all(object.parsed().programs().size(), true);
  const std::string wrong = wrong_by_libbpf(both, all, LawRules::newest, ours);
  relocations += ours.size();
  return wrong;
}

}  // namespace

TEST_CASE("selftests: stand-ins from one pack of all targets give the results of the targets for every object") {
  const char* const order = GENERATE("el", "eb");
  const Selftests tests = kernel_selftests(order);
  if (!available(tests)) return;
  const PackedKernels kernels = packed_targets(tests);
  std::vector<BpfObject> objects;
  for (const fs::path& path : tests.objects)
    objects.push_back(BpfObject::parse(bytes_of(path), path.filename().string()));
  REQUIRE(objects.size() > 10);
  REQUIRE(kernels.size() > 40);
  std::vector<Plan> plans;
  for (const BpfObject& object : objects) plans.emplace_back(std::vector{object});
  plans.emplace_back(objects);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    for (const Plan& plan : plans) {
      INFO(plan.objects()[0].name() << " on " << tests.targets[i]);
      CHECK(wrong_with_stand_in(plan, kernels, i, {kernels.whole((i + 1) % kernels.size())}) == "");
    }
  }
  std::cout << "selftests in a pack, " << order << ": " << kernels.size() << " targets, " << kernels.verbatim_count()
            << " of them verbatim; " << plans.size() << " plans\n";
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    if (kernels.verbatim_reason(i).empty()) continue;
    std::cout << "  verbatim: " << case_name(tests.targets[i]) << ": " << kernels.verbatim_reason(i) << '\n';
  }
  CHECK(kernels.verbatim_count() == 0);
}

TEST_CASE("selftests: libbpf resolves each pair on what is reduced from a pack as on the whole target") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  const PackedKernels kernels = packed_targets(tests);
  std::size_t pairs = 0;
  std::size_t relocations = 0;
  for (const SelftestPair& pair : tests.pairs()) {
    const auto found = std::ranges::find(tests.targets, pair.target);
    REQUIRE(found != tests.targets.end());
    INFO(pair.object << " on " << pair.target);
    CHECK(wrong_to_libbpf(pair, kernels, static_cast<std::size_t>(found - tests.targets.begin()), relocations) == "");
    ++pairs;
  }
  std::cout << "selftests in a pack: " << pairs << " pairs, " << relocations << " relocations\n";
  CHECK(pairs >= tests.targets.size());
  CHECK(relocations > pairs);
}

}  // namespace minbtf::test
