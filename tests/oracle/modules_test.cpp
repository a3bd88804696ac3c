// SPDX-License-Identifier: BSD-2-Clause
// The law with modules, for a real kernel and its modules: libbpf resolves random relocations on the reduced BTF,
// alone, as on vmlinux with exactly these modules loaded.
//
// MINBTF_MODULES names the kernel (module_kernel.hpp).
// MINBTF_ORACLE_SEED is the seed, MINBTF_ORACLE_ROUNDS the number of random sets of modules.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "base/sorted.hpp"
#include "minbtf/error.hpp"
#include "oracle/generated_object.hpp"
#include "oracle/module_kernel.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

using Modules = std::vector<const archive::ModuleFile*>;

ResolverTarget live(const Bytes& base, const Modules& modules) {
  ResolverTarget target(base, "vmlinux");
  for (const archive::ModuleFile* each : modules) target.load_module(each->btf);
  return target;
}

struct Counts {
  std::size_t reductions = 0;
  std::size_t refused = 0;  ///< no BTF without modules can give the same results; the reasons are printed
  std::size_t relocations = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;
  std::size_t differences = 0;
};

/// Compares one object on one set of loaded modules, for all programs, each alone, and some random sets.
void compare(const Plan& plan, const ResolverObject& object, const Bytes& base, const Modules& modules,
             std::mt19937& random, Counts& counts) {
  const btf::Joined joined = join_modules(base, modules);
  Workspace workspace;
  const KernelBtf kernel = KernelBtf::with_modules(joined.bytes, joined.modules);
  Reduction reduction;
  try {
    reduction = plan.minimize(kernel, "kernel", workspace);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    std::cout << "refused: " << error.what() << '\n';
    ++counts.refused;
    return;
  }
  ++counts.reductions;
  ResolverTarget full = live(base, modules);
  ResolverTarget reduced(reduction.bytes, "reduced");
  const std::size_t programs = object.object().programs().size();
  Subsets subsets = all_programs()(programs);
  for (const SubsetsOf& more : {each_program_alone(), random_subsets(random, 4)}) {
    const Subsets added = more(programs);
    subsets.insert(subsets.end(), added.begin(), added.end());
  }
  for (const auto& subset : subsets) {
    for (const Rules rules : {Rules::linked, Rules::newest}) {
      const std::vector<Verdict> before = object.resolve(full, subset, rules);
      const std::vector<Verdict> after = object.resolve(reduced, subset, rules);
      REQUIRE(before.size() == after.size());
      counts.relocations += before.size();
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].poison) ++counts.poisoned;
        if (before[i].failed()) ++counts.failed;
        if (before[i] == after[i]) continue;
        if (++counts.differences > 20) continue;
        std::cout << describe(plan, 0, before[i].relocation) << "\n    live: " << before[i].text()
                  << "\n    reduced: " << after[i].text() << '\n';
      }
    }
  }
  const minbtf::Comparison compared = plan.compare(kernel, "kernel", Btf::parse(reduction.bytes, "reduced"), workspace);
  CHECK(compared.differences.empty());
}

}  // namespace

TEST_CASE("modules: libbpf resolves random relocations alike on vmlinux with modules and on the reduced BTF") {
  listen_to_libbpf();
  const char* directory = std::getenv("MINBTF_MODULES");
  if (directory == nullptr) return skip_test("MINBTF_MODULES does not name a kernel with modules");
  if (run_command({"bpftool", "version"}).status != 0) return missing("bpftool");
  const KernelWithModules kernel = read_kernel_with_modules(directory);
  REQUIRE(kernel.modules.size() > 20);
  const auto seed = static_cast<std::mt19937::result_type>(number_in("MINBTF_ORACLE_SEED", 20240607));
  std::mt19937 random(seed);
  Counts counts;
  for (unsigned long round = 0; round < number_in("MINBTF_ORACLE_ROUNDS", 4); ++round) {
    Modules modules;
    for (int i = 0; i < 15; ++i) modules.push_back(&kernel.modules[random() % kernel.modules.size()]);
    base::sort_unique(modules);
    std::ranges::shuffle(modules, random);
    std::string why;
    const OracleKernel flat = oracle_kernel(join_modules(kernel.base, modules).bytes, "joined");
    Bytes bytes = generate_object(flat, {.types = 40, .questions = 300, .programs = 20}, random, why);
    INFO(why);
    REQUIRE(!bytes.empty());
    const OracleObject object = oracle_object(std::move(bytes), "generated");
    const Plan plan({object.parsed()});
    compare(plan, object.resolver, kernel.base, {}, random, counts);
    compare(plan, object.resolver, kernel.base, modules, random, counts);
    for (const archive::ModuleFile* each : modules) {
      compare(plan, object.resolver, kernel.base, {each}, random, counts);
    }
    std::ranges::reverse(modules);
    compare(plan, object.resolver, kernel.base, modules, random, counts);
  }
  std::cout << "seed " << seed << ", " << kernel.modules.size() << " modules: " << counts.reductions
            << " reductions and " << counts.refused << " refused; " << counts.relocations << " relocations, of them "
            << counts.poisoned << " poisoned and " << counts.failed << " failed; " << counts.differences
            << " differences\n";
  CHECK(counts.differences == 0);
  CHECK(counts.reductions > counts.refused);
}

}  // namespace minbtf::test
