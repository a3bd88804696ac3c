// SPDX-License-Identifier: BSD-2-Clause
// Random type graphs. libbpf's own resolver resolves relocations on the full and the reduced BTF, and Plan::resolve()
// must agree.
//
// MINBTF_RANDOM_CASES is the number of cases, MINBTF_RANDOM_SEED the first seed. A difference names its seed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "oracle/graph_features.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"

namespace minbtf::test {

namespace {

constexpr std::uint64_t looked_at = 8;           ///< every 8th case is searched for its features
constexpr std::uint64_t worth_counting = 20000;  ///< with this many cases every feature must occur
constexpr std::ptrdiff_t deep_steps = 3;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

struct Tally {
  std::uint64_t relocations = 0;
  std::uint64_t resolved = 0;
  std::uint64_t poisoned = 0;
  std::uint64_t failed = 0;
  std::uint64_t several = 0;  ///< resolved, with more than one candidate left
  std::uint64_t deep = 0;     ///< resolved, with an access path of several steps
  std::uint64_t passed_over = 0;
  std::uint64_t settled_later = 0;                ///< cases that a second reduction changes
  std::map<RelocationKind, std::uint64_t> kinds;  ///< resolved
  std::map<Failure, std::uint64_t> failures;
  std::map<std::string, std::uint64_t> asked;  ///< number of cases by feature of the object's BTF
  std::map<std::string, std::uint64_t> kept;   ///< number of cases by feature of the reduced BTF

  void add(const BpfObject& object, const Resolution& each) {
    ++relocations;
    const object::Record& record = object::data_of(object).records[each.relocation];
    switch (each.status) {
      case Status::resolved: {
        ++resolved;
        ++kinds[static_cast<RelocationKind>(record.kind)];
        const std::string_view access = object::data_of(object).btf->string(record.access_str_off);
        if (std::ranges::count(access, ':') >= deep_steps) ++deep;
        if (each.candidates > 1) ++several;
        break;
      }
      case Status::poisoned:
        ++poisoned;
        break;
      case Status::failed:
        ++failed;
        ++failures[each.failure];
        break;
    }
  }

  void add_features(const BpfObject& object, const btf::View& reduced) {
    if (object::data_of(object).btf) {
      for (const std::string& feature : features_of(*object::data_of(object).btf)) ++asked[feature];
    }
    for (const std::string& feature : features_of(reduced)) ++kept[feature];
  }

  void print() const {
    std::cout << "random: " << relocations << " relocations: " << resolved << " resolved (" << several
              << " of several candidates, " << deep << " deep), " << poisoned << " poisoned, " << failed
              << " failed; passed over " << passed_over
              << " cases that libbpf does not survive; a second reduction changes " << settled_later
              << " cases\n  resolved:";
    for (const auto& [kind, count] : kinds) std::cout << ' ' << to_string(kind) << '=' << count;
    std::cout << "\n  failed:";
    for (const auto& [failure, count] : failures) std::cout << "\n    " << count << ' ' << to_string(failure);
    std::cout << "\n  of " << looked_at << "th cases, in objects and in what is left of kernels:";
    for (const std::string& feature : all_features) {
      const auto count = [&](const auto& counts) { return counts.contains(feature) ? counts.at(feature) : 0; };
      std::cout << "\n    " << count(asked) << ' ' << count(kept) << ' ' << feature;
    }
    std::cout << std::endl;
  }
};

/// Returns the first difference for a loader that takes pointers for `pointer_bytes` long where the BTF does not say
/// it.
std::string wrong_by_pointer_size(const LibbpfCase& each, const std::vector<bool>& loaded, std::size_t pointer_bytes) {
  for (const Rules rules : {Rules::newest, Rules::linked}) {
    const std::vector<Verdict> full = each.object.resolve(each.on_full, loaded, rules);
    const std::vector<Verdict> reduced = each.object.resolve(each.on_reduced, loaded, rules);
    const auto [before, after] = std::ranges::mismatch(full, reduced);
    if (before == full.end()) continue;
    return std::to_string(pointer_bytes) + "-byte pointers, relocation " + std::to_string(before->relocation) +
           ": full " + before->text() + ", reduced " + after->text();
  }
  return "";
}

/// A BTF as read by a loader with this pointer size. libbpf derives the size from the BTF if it can.
ResolverTarget target_with(std::size_t pointer_bytes, const std::vector<std::uint8_t>& bytes, const char* name) {
  ResolverTarget target(bytes, name);
  auto* btf = const_cast<struct btf*>(target.btf());
  if (btf__pointer_size(btf) == 0) btf__set_pointer_size(btf, pointer_bytes);
  return target;
}

/// Compares every subset of the programs. Every `looked_at`th case has the layout of the kernel, in which the features
/// of the kernel can be seen.
std::string differences(std::uint64_t seed, Tally& tally) {
  const RandomCase random = random_case(seed);
  const bool is_looked_at = seed % looked_at == 0;
  const Plan plan({BpfObject::parse(random.object, "object")}, {}, is_looked_at ? Layout::kernel : Layout::normal);
  const BpfObject& object = plan.objects()[0];
  const Btf full = Btf::parse(random.kernel, "full");
  const Reduction reduction = plan.minimize(full);
  const Btf reduced = Btf::parse(reduction.bytes, "reduced");
  if (is_looked_at) tally.add_features(object, btf::view_of(reduced));
  if (has_endless_answer(plan, full)) {
    ++tally.passed_over;
    return "";
  }
  // A few made-up types, such as integers with the name of another size, take a second reduction to settle.
  if (const std::vector<std::uint8_t> again = plan.minimize(reduced).bytes; again != reduction.bytes) {
    ++tally.settled_later;
    if (plan.minimize(Btf::parse(again, "reduced twice")).bytes != again) return "a third reduction changes the result";
  }
  const ResolverObject resolver(random.object, object);
  ResolverTarget on_full(random.kernel, "full");
  ResolverTarget on_reduced(reduction.bytes, "reduced");
  const LibbpfCase both = {
      .plan = plan, .object = resolver, .full = full, .on_full = on_full, .on_reduced = on_reduced};
  ResolverTarget on_full_32 = target_with(4, random.kernel, "full");
  ResolverTarget on_reduced_32 = target_with(4, reduction.bytes, "reduced");
  const LibbpfCase with_32_bits = {
      .plan = plan, .object = resolver, .full = full, .on_full = on_full_32, .on_reduced = on_reduced_32};
  const std::size_t programs = object.programs().size();
  std::vector<Resolution> ours;
  for (std::uint32_t subset = 1; subset < 1U << programs; ++subset) {
    std::vector<bool> loaded(programs);
    for (std::size_t i = 0; i < programs; ++i) loaded[i] = (subset >> i & 1U) != 0;
    std::string wrong = wrong_by_libbpf(both, loaded, LawRules::newest_and_linked, ours);
    if (wrong.empty()) wrong = wrong_by_pointer_size(with_32_bits, loaded, 4);
    if (!wrong.empty()) return "programs " + std::to_string(subset) + ", " + wrong;
    for (const Resolution& each : ours) tally.add(object, each);
  }
  return "";
}

/// Checks that the random cases contain everything that they are meant to test, with an effect on the outcomes.
void check_variety(const Tally& tally, std::uint64_t cases) {
  for (std::uint32_t kind = 0; kind <= static_cast<std::uint32_t>(RelocationKind::type_matches); ++kind) {
    INFO("resolved of kind " << kind);
    CHECK(tally.kinds.contains(static_cast<RelocationKind>(kind)));
  }
  for (const std::string& feature : all_features) {
    INFO(feature);
    CHECK(tally.asked.contains(feature));
    CHECK(tally.kept.contains(feature));
  }
  CHECK(tally.deep > cases / 10);
  CHECK(tally.several > cases);
  CHECK(tally.resolved > tally.relocations / 3);
  CHECK(tally.poisoned > tally.relocations / 50);
  CHECK(tally.passed_over < cases / 1000);
  CHECK(tally.settled_later <= cases / 5000);
}

}  // namespace

TEST_CASE("Random types and relocations", "[oracle][random]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_RANDOM_CASES", worth_counting);
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  std::cout << "random: " << cases << " cases, MINBTF_RANDOM_SEED=" << first << std::endl;
  Tally tally;
  std::uint64_t found = 0;
  for (std::uint64_t seed = first; seed < first + cases && found < 10; ++seed) {
    std::string difference;
    try {
      difference = differences(seed, tally);
    } catch (const Error& error) {
      difference = error.what();
    }
    if (difference.empty()) continue;
    ++found;
    FAIL_CHECK("MINBTF_RANDOM_SEED=" << seed << " MINBTF_RANDOM_CASES=1: " << difference);
  }
  tally.print();
  if (cases >= worth_counting) check_variety(tally, cases);
}

}  // namespace minbtf::test
