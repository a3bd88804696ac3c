// SPDX-License-Identifier: BSD-2-Clause
// `check` reports exactly the relocations as poisoned or failing that libbpf's own resolver poisons or fails on, for
// every available object and kernel, and gives a reason for each.
#include <catch2/catch.hpp>
#include <iostream>
#include <map>

#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

/// Status of the records that are not resolved.
using Found = std::map<std::size_t, Status>;

Found said_by_libbpf(const OracleObject& object, ResolverTarget& target) {
  const std::vector<bool> all(object.parsed().programs().size(), true);
  Found found;
  for (const Verdict& verdict : object.resolver.resolve(target, all, Rules::newest)) {
    if (verdict.failed()) found[verdict.relocation] = Status::failed;
    if (!verdict.failed() && verdict.poison) found[verdict.relocation] = Status::poisoned;
  }
  return found;
}

struct Counts {
  std::size_t pairs = 0;
  std::map<Status, std::size_t> by_status;
  std::map<Reason, std::size_t> by_reason;
};

void compare(const std::vector<OracleObject>& objects, OracleKernel& kernel, Counts& counts) {
  std::vector<BpfObject> parsed;
  for (const OracleObject& object : objects) parsed.push_back(object.parsed());
  const Plan plan(std::move(parsed));
  std::vector<Found> found(objects.size());
  for (const UnresolvedRelocation& failing : plan.check(kernel.btf)) {
    found[failing.object][failing.relocation] = failing.status;
    ++counts.by_status[failing.status];
    ++counts.by_reason[failing.why.reason];
    CHECK(failing.why.reason != Reason::none);
    CHECK_FALSE(failing.why.subject.empty());
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    CAPTURE(objects[i].name(), kernel.name());
    CHECK(found[i] == said_by_libbpf(objects[i], kernel.target));
    ++counts.pairs;
  }
}

}  // namespace

TEST_CASE("check: poisoned and failing relocations are those that libbpf finds") {
  listen_to_libbpf();
  const std::vector<OracleObject> objects = little_endian_objects();
  Counts counts;
  OracleKernel made = oracle_kernel(kernel_btf("el"), "the tests' kernel");
  compare(objects, made, counts);
  for (const KernelFile& file : kernel_files()) {
    OracleKernel kernel = file.load();
    compare(objects, kernel, counts);
  }
  std::cout << counts.pairs << " pairs of object and kernel: " << counts.by_status[Status::poisoned]
            << " relocations poisoned, " << counts.by_status[Status::failed] << " failing;";
  for (const auto& [reason, count] : counts.by_reason) std::cout << ' ' << to_string(reason) << ": " << count << ';';
  std::cout << '\n';
  CHECK(counts.by_status[Status::poisoned] > 0);
  CHECK(counts.by_status[Status::failed] > 0);
}

}  // namespace minbtf::test
