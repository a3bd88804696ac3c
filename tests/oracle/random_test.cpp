// Random type graphs, decided by libbpf's own resolver on the full and the reduced BTF, and by us.
//
// MINBTF_RANDOM_CASES says how many; MINBTF_RANDOM_SEED where to begin. A difference names the seed that shows it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "support/libbpf_resolver.hpp"
#include "support/random_case.hpp"

namespace minbtf::test {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

struct Tally {
  std::uint64_t relocations = 0;
  std::uint64_t resolved = 0;
  std::uint64_t poisoned = 0;
  std::uint64_t failed = 0;
};

std::string ours_text(const Resolution& resolution) {
  if (resolution.status == Status::failed) return "failed: " + std::string(to_string(resolution.failure));
  if (resolution.status == Status::poisoned) return "poisoned";
  return "value " + std::to_string(resolution.value) + ", load " + std::to_string(resolution.load_size);
}

/// Empty if they agree.
std::string disagreement(const Verdict& theirs, const Resolution& ours) {
  const bool same_status =
      theirs.failed() == (ours.status == Status::failed) && theirs.poison == (ours.status == Status::poisoned);
  const bool names_type = theirs.kind == static_cast<std::uint32_t>(RelocationKind::type_id_target);
  const bool same_value = ours.status != Status::resolved ||
                          ((names_type || theirs.new_val == ours.value) && theirs.load_size == ours.load_size);
  if (same_status && same_value) return "";
  return "relocation " + std::to_string(ours.relocation) + ": libbpf " + theirs.text() + ", ours " + ours_text(ours);
}

std::string differences(const RandomCase& random, Tally& tally) {
  const BpfObject object = BpfObject::parse(random.object, "object");
  const Plan plan({object});
  const Btf full = Btf::parse(random.kernel, "full");
  const Reduction reduction = plan.minimize(full);
  const Btf reduced = Btf::parse(reduction.bytes, "reduced");
  const ResolverObject resolver(random.object, object);
  ResolverTarget on_full(random.kernel, "full");
  ResolverTarget on_reduced(reduction.bytes, "reduced");
  if (plan.minimize(reduced).bytes != reduction.bytes) return "reducing twice changes the result";
  const std::size_t programs = object.programs().size();
  for (std::uint32_t subset = 1; subset < 1U << programs; ++subset) {
    std::vector<bool> loaded(programs);
    for (std::size_t i = 0; i < programs; ++i) loaded[i] = (subset >> i & 1U) != 0;
    const std::string where = "programs " + std::to_string(subset) + ", ";
    const auto before = resolver.resolve(on_full, loaded, Rules::libbpf_1_1);
    const auto after = resolver.resolve(on_reduced, loaded, Rules::libbpf_1_1);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      return where + "full " + before[i].text() + ", reduced " + after[i].text();
    }
    const auto newest = resolver.resolve(on_full, loaded, Rules::newest);
    const auto ours = plan.resolve(full, 0, loaded);
    if (newest.size() != ours.size()) return where + "another number of relocations";
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const std::string difference = disagreement(newest[i], ours[i]);
      if (!difference.empty()) return where + difference;
      ++tally.relocations;
      tally.resolved += ours[i].status == Status::resolved ? 1 : 0;
      tally.poisoned += ours[i].status == Status::poisoned ? 1 : 0;
      tally.failed += ours[i].status == Status::failed ? 1 : 0;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("Random types and relocations", "[oracle][random]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_RANDOM_CASES", 20000);
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  Tally tally;
  std::uint64_t found = 0;
  for (std::uint64_t seed = first; seed < first + cases && found < 10; ++seed) {
    std::string difference;
    try {
      difference = differences(random_case(seed), tally);
    } catch (const Error& error) {
      difference = error.what();
    }
    if (difference.empty()) continue;
    ++found;
    FAIL_CHECK("seed " << seed << ": " << difference);
  }
  std::cout << "random: " << cases << " cases from seed " << first << ", " << tally.relocations
            << " relocations: " << tally.resolved << " resolved, " << tally.poisoned << " poisoned, " << tally.failed
            << " failed\n";
  CHECK(tally.resolved > 0);
  CHECK(tally.poisoned > 0);
  CHECK(tally.failed > 0);
}

}  // namespace minbtf::test
