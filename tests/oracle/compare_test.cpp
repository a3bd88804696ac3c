// SPDX-License-Identifier: BSD-2-Clause
// Plan::compare() and libbpf's own resolver on random kernels with random damage, loaded with every subset of the
// programs. compare() must report a difference if and only if libbpf shows one.
//
// MINBTF_RANDOM_CASES is the number of cases, MINBTF_RANDOM_SEED the first seed. A disagreement names its seed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>

#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "oracle/btf_damage.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Records = std::set<std::size_t>;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// A loader whose results the linked libbpf can reproduce, if it is older than 1.6.
struct LoaderKind {
  const char* name;  ///< as in Difference::loader
  Rules rules;
  std::size_t pointer_bytes;
};

constexpr LoaderKind loader_kinds[] = {
    {"", Rules::newest, 8}, {"a 32-bit loader", Rules::newest, 4}, {"libbpf before 1.6", Rules::linked, 8}};

/// Compares only what libbpf does to the program. A value counts as a whole, also in an instruction that has room for
/// its low half only.
bool same_decision(const Verdict& full, const Verdict& reduced, Rules rules) {
  // Before libbpf 1.3 the signedness of a type that is neither an integer nor an enum was read from the word after it.
  if (rules == Rules::linked && full.kind == BPF_CORE_FIELD_SIGNED) return true;
  const bool has_value = !full.failed() && !full.poison;
  if (has_value && full.new_val != reduced.new_val) return false;
  return full.error == reduced.error && full.in_patch == reduced.in_patch && full.reason == reduced.reason &&
         full.poison == reduced.poison && full.patched == reduced.patched &&
         full.patched_second == reduced.patched_second && full.load_size == reduced.load_size &&
         full.target_type == reduced.target_type;
}

/// Differences that one load shows.
struct Shown {
  Records different;
  /// The first record that fails on the full BTF: libbpf stops there.
  std::size_t end = static_cast<std::size_t>(-1);

  /// Returns the different records up to the one at which libbpf stops.
  [[nodiscard]] Records decided() const { return {different.begin(), different.upper_bound(end)}; }
};

/// libbpf's resolver on two BTFs.
class Both {
 public:
  Both(const Bytes& elf, const BpfObject& object, const Bytes& full, const Bytes& reduced, const LoaderKind& loader)
      : resolver_(elf, object), full_(full, "full"), reduced_(reduced, "reduced"), rules_(loader.rules) {
    for (const ResolverTarget* target : {&full_, &reduced_}) {
      auto* btf = const_cast<struct btf*>(target->btf());
      if (btf__pointer_size(btf) == 0) btf__set_pointer_size(btf, loader.pointer_bytes);
    }
    // A record that fails on an empty BTF fails on every kernel.
    ResolverTarget nothing(BtfForge().bytes(), "nothing");
    for (const Verdict& verdict : resolver_.resolve(nothing, all(), rules_)) {
      if (verdict.failed()) hopeless_.insert(verdict.relocation);
    }
  }

  [[nodiscard]] Shown load(const std::vector<bool>& programs) {
    const auto before = resolver_.resolve(full_, programs, rules_);
    const auto after = resolver_.resolve(reduced_, programs, rules_);
    Shown out;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i].failed()) out.end = std::min(out.end, before[i].relocation);
      const bool is_hopeless = before[i].failed() && after[i].failed() && hopeless_.contains(before[i].relocation);
      if (!is_hopeless && !same_decision(before[i], after[i], rules_)) out.different.insert(before[i].relocation);
    }
    return out;
  }

  /// Returns the records that differ for any subset of the programs, up to the record at which libbpf stops.
  [[nodiscard]] Records all_differences() {
    const std::size_t programs = all().size();
    Records found;
    for (std::uint32_t subset = 1; subset < 1U << programs; ++subset) {
      std::vector<bool> loaded(programs);
      for (std::size_t i = 0; i < programs; ++i) loaded[i] = (subset >> i & 1U) != 0;
      found.merge(load(loaded).decided());
    }
    return found;
  }

  [[nodiscard]] std::vector<bool> all() const { return std::vector<bool>(resolver_.object().programs().size(), true); }

 private:
  ResolverObject resolver_;
  ResolverTarget full_;
  ResolverTarget reduced_;
  Rules rules_;
  Records hopeless_;
};

struct Tally {
  std::uint64_t same = 0;
  std::uint64_t different = 0;
  std::uint64_t by_narrowing = 0;  ///< cases that differ only for a subset of the object's programs
  std::uint64_t by_loader = 0;
};

std::string text(const Records& records) {
  std::string out;
  for (const std::size_t each : records) out += " " + std::to_string(each);
  return out.empty() ? " none" : out;
}

/// Returns true if libbpf shows the reported difference when the named programs are loaded, or if an earlier record of
/// the same load differs, which leaves other candidates, or if libbpf stops before the record: compare() continues
/// after a failure.
bool shows(Both& libbpf, const Difference& told) {
  std::vector<bool> programs(libbpf.all().size());
  for (const std::size_t program : told.programs) programs[program] = true;
  const Shown shown = libbpf.load(programs);
  return shown.end < told.relocation || (!shown.different.empty() && *shown.different.begin() <= told.relocation);
}

/// Returns the disagreement; empty if compare() reports what libbpf shows.
std::string disagreement(const RandomCase& random, const Bytes& reduced, Tally& tally) {
  const BpfObject object = BpfObject::parse(random.object, "object");
  const Plan plan({object});
  const Comparison told = plan.compare(Btf::parse(random.kernel, "full"), Btf::parse(reduced, "reduced"));
  for (const LoaderKind& loader : loader_kinds) {
    Both libbpf(random.object, object, random.kernel, reduced, loader);
    const Records shown = libbpf.all_differences();
    Records told_by;
    for (const Difference& each : told.differences) {
      if (each.loader != loader.name) continue;
      told_by.insert(each.relocation);
      if (!shows(libbpf, each)) return std::string(loader.name) + ": told" + text(told_by) + ", not shown";
    }
    // compare() reports one difference for a record that differs for several loaders.
    if (told.differences.empty() && !shown.empty()) {
      return std::string(loader.name) + ": shown" + text(shown) + ", not told";
    }
    if (loader.name[0] != '\0') {
      if (!told_by.empty()) ++tally.by_loader;
      continue;
    }
    // By the newest rules, every record that differs is reported.
    if (!std::ranges::includes(told_by, shown)) return "shown" + text(shown) + ", told only" + text(told_by);
    ++(shown.empty() ? tally.same : tally.different);
    if (!shown.empty() && libbpf.load(libbpf.all()).decided().empty()) ++tally.by_narrowing;
  }
  return "";
}

}  // namespace

TEST_CASE("compare: random damage is reported as a difference if and only if libbpf resolves a relocation differently",
          "[oracle][random]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_RANDOM_CASES", 10000);
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  Tally tally;
  std::uint64_t found = 0;
  for (std::uint64_t seed = first; seed < first + cases && found < 10; ++seed) {
    std::string what;
    std::string wrong;
    try {
      const RandomCase random = random_case(seed);
      Bytes base = random.kernel;
      if (seed % 2 == 0) {
        const Plan plan({BpfObject::parse(random.object, "object")});
        base = plan.minimize(Btf::parse(random.kernel, "full")).bytes;
      }
      const DamagedBtf damaged = damage(base, seed);
      what = damaged.what;
      wrong = disagreement(random, damaged.bytes, tally);
    } catch (const Error& error) {
      wrong = error.what();
    }
    if (wrong.empty()) continue;
    ++found;
    FAIL_CHECK("seed " << seed << " (" << what << "): " << wrong);
  }
  std::cout << "compare: " << cases << " cases from seed " << first << ": " << tally.same << " the same, "
            << tally.different << " not, " << tally.by_narrowing << " of them only with some programs; "
            << tally.by_loader << " for some loaders\n";
  CHECK(tally.same > 0);
  CHECK(tally.different > 0);
  CHECK(tally.by_narrowing > 0);
  CHECK(tally.by_loader > 0);
}

}  // namespace minbtf::test
