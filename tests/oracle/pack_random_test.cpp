// SPDX-License-Identifier: BSD-2-Clause
// Random kernels in packs. The results of a plan on a stand-in are those on the whole BTF, and libbpf's own resolver
// resolves each relocation on the BTF that was reduced from a pack as on the whole BTF.
//
// MINBTF_PACK_CASES is the number of cases, MINBTF_RANDOM_SEED the first seed. A difference names its seed.
#include <bpf/btf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "minbtf/error.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kernels_in_pack = 8;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

struct Tally {
  std::uint64_t kernels = 0;
  std::map<std::string, std::uint64_t> verbatim;  ///< by reason
  std::uint64_t groups = 0;                       ///< kernels with groups
  std::uint64_t comparing = 0;                    ///< kernels for which the plan compares types
  std::uint64_t smaller = 0;                      ///< stand-ins that are smaller than the kernel
  std::uint64_t relocations = 0;                  ///< decided by libbpf
  std::uint64_t resolved = 0;
  std::uint64_t passed_over = 0;      ///< cases that libbpf does not survive
  std::uint64_t exported = 0;         ///< relocations that libbpf decided on BTF that was exported
  std::uint64_t exported_linked = 0;  ///< also by the rules of the linked libbpf

  void print() const {
    std::uint64_t all = 0;
    for (const auto& [reason, count] : verbatim) all += count;
    std::cout << "packs: " << kernels << " kernels, " << all << " of them verbatim, " << groups << " with groups, "
              << smaller << " with a smaller stand-in, " << comparing << " whose types are compared; libbpf decided "
              << relocations << " relocations, " << resolved << " of them resolved; passed over " << passed_over
              << " cases that libbpf does not survive\n";
    for (const auto& [reason, count] : verbatim) std::cout << "  verbatim: " << count << ' ' << reason << '\n';
    std::cout << std::flush;
  }
};

/// Reduces from the pack. Returns what libbpf decides differently on the result and on the whole BTF.
std::string wrong_to_libbpf(const Bytes& object_bytes, const Plan& plan, const PackedKernels& kernels, std::size_t i,
                            Tally& tally) {
  const BpfObject& object = plan.objects()[0];
  const Btf full = Btf::parse(kernels.whole(i), "full");
  if (has_endless_answer(plan, full)) {
    ++tally.passed_over;
    return "";
  }
  Workspace workspace;
  const WantedTypes wanted = plan.wanted_types(full.byte_order());
  const Bytes stand_in = kernels.stand_in(i, wanted);
  tally.comparing += wanted.follows_pointers ? 1 : 0;
  tally.smaller += stand_in.size() < kernels.whole(i).size() ? 1 : 0;
  const Reduction reduction = plan.minimize(kernels.as_kernel(i, stand_in), "kernel", workspace);
  const ResolverObject resolver(object_bytes, object);
  ResolverTarget on_full(kernels.whole(i), "full");
  ResolverTarget on_reduced(reduction.bytes, "reduced");
  const LibbpfCase both = {
      .plan = plan, .object = resolver, .full = full, .on_full = on_full, .on_reduced = on_reduced};
  const std::size_t programs = object.programs().size();
  std::vector<Resolution> ours;
  for (std::size_t one = 0; one <= programs; ++one) {
    std::vector<bool> loaded(programs, one == programs);
    if (one < programs) loaded[one] = true;
    const std::string wrong = wrong_by_libbpf(both, loaded, LawRules::newest_and_linked, ours);
    if (!wrong.empty()) return "libbpf: " + wrong;
    tally.relocations += ours.size();
    for (const Resolution& each : ours) tally.resolved += each.status == Status::resolved ? 1 : 0;
  }
  return "";
}

/// Returns true if words follow the `struct btf_type` of the last type.
bool ends_with_elements(const struct btf* btf) {
  const struct btf_type* last = btf__type_by_id(btf, btf__type_cnt(btf) - 1);
  switch (btf_kind(last)) {
    case BTF_KIND_INT:
    case BTF_KIND_ARRAY:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
      return true;
    case BTF_KIND_FUNC:
      return false;
    default:
      return btf_vlen(last) != 0;
  }
}

/// Returns what libbpf decides differently on the BTF that is exported from the pack and on the whole BTF.
std::string wrong_with_exported(const Bytes& object_bytes, const Plan& plan, const PackedKernels& kernels,
                                std::size_t i, Tally& tally) {
  const Btf full = Btf::parse(kernels.whole(i), "full");
  if (!kernels.verbatim_reason(i).empty() || has_endless_answer(plan, full)) return "";
  const ResolverObject resolver(object_bytes, plan.objects()[0]);
  ResolverTarget on_full(kernels.whole(i), "full");
  ResolverTarget on_exported(kernels.exported(i), "exported");
  const LibbpfCase both = {
      .plan = plan, .object = resolver, .full = full, .on_full = on_full, .on_reduced = on_exported};
  std::vector<Resolution> ours;
  const std::vector<bool> all(plan.objects()[0].programs().size(), true);
  const bool has_linked_rules = ends_with_elements(on_exported.btf());
  const LawRules rules = has_linked_rules ? LawRules::newest_and_linked : LawRules::newest;
  const std::string wrong = wrong_by_libbpf(both, all, rules, ours);
  tally.exported += ours.size();
  if (has_linked_rules) tally.exported_linked += ours.size();
  return wrong.empty() ? "" : "exported: " + wrong;
}

/// Packs the kernels of the seeds from `first` up to `end`. Returns what is wrong with one of them.
std::string wrong_with_pack(std::uint64_t first, std::uint64_t end, Tally& tally) {
  std::vector<RandomCase> cases;
  std::vector<Bytes> all;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    cases.push_back(random_case(seed, seed / kernels_in_pack % 8 == 0 ? Loops::any : Loops::as_c_allows));
    all.push_back(cases.back().kernel);
  }
  const PackedKernels kernels(all);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string seed = "seed " + std::to_string(first + i) + ": ";
    ++tally.kernels;
    if (!kernels.verbatim_reason(i).empty()) ++tally.verbatim[kernels.verbatim_reason(i)];
    if (kernels.facts(i).has_groups) ++tally.groups;
    const Plan plan({BpfObject::parse(cases[i].object, "object")});
    const Bytes& other = all[(i + 1) % all.size()];
    std::string wrong = wrong_with_stand_in(plan, kernels, i, {other});
    if (!wrong.empty()) return seed + wrong;
    wrong = wrong_to_libbpf(cases[i].object, plan, kernels, i, tally);
    if (!wrong.empty()) return seed + wrong;
    wrong = wrong_with_exported(cases[i].object, plan, kernels, i, tally);
    if (!wrong.empty()) return seed + wrong;
    // The same names mean other types in the object of another case.
    const Plan two({plan.objects()[0], BpfObject::parse(cases[(i + 3) % cases.size()].object, "other")});
    wrong = wrong_with_stand_in(two, kernels, i);
    if (!wrong.empty()) return seed + "with two objects: " + wrong;
  }
  return "";
}

}  // namespace

TEST_CASE("Random kernels in packs", "[oracle][random]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_PACK_CASES", 4000);
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  std::cout << "packs: " << cases << " cases, MINBTF_RANDOM_SEED=" << first << std::endl;
  Tally tally;
  std::uint64_t found = 0;
  for (std::uint64_t seed = first; seed < first + cases && found < 10; seed += kernels_in_pack) {
    std::string wrong;
    try {
      wrong = wrong_with_pack(seed, std::min(seed + kernels_in_pack, first + cases), tally);
    } catch (const Error& error) {
      wrong = "seeds from " + std::to_string(seed) + ": " + error.what();
    }
    if (wrong.empty()) continue;
    ++found;
    FAIL_CHECK("MINBTF_RANDOM_SEED=" << seed << " MINBTF_PACK_CASES=" << kernels_in_pack << ": " << wrong);
  }
  tally.print();
  CHECK(tally.resolved > cases);
  CHECK(tally.comparing > cases / 4);
  CHECK(tally.smaller > cases / 4);
  CHECK(tally.exported > cases / 2);
  CHECK(tally.exported_linked > tally.exported / 2);
}

}  // namespace minbtf::test
