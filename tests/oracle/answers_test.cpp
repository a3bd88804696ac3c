// SPDX-License-Identifier: BSD-2-Clause
// Kernels that share the reduced BTF of another one because their answers are equal (share_answers()): libbpf's own
// resolver resolves each relocation on the shared BTF as on the kernel's full BTF.
//
// MINBTF_ANSWERS_CASES is the number of objects, MINBTF_ANSWERS_SEED the first seed. A difference names its seed.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/batch/shared_answers.hpp"
#include "minbtf/plan.hpp"
#include "minimize/query/query_plan.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/libbpf_limits.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

namespace {

constexpr std::uint64_t kernels_of_a_case = 8;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

const archive::ReducedKernel& reduced(const archive::NamedKernel& kernel) {
  return archive::value_of<archive::ReducedKernel>(*kernel.result);
}

struct Kernels {
  std::vector<std::vector<std::uint8_t>> full;
  std::vector<archive::SourceRecord> records;
  std::vector<archive::NamedKernel> named;
};

Kernels kernels_of(const Plan& plan, std::uint64_t seed, archive::ContentStore& store) {
  Kernels all;
  for (std::uint64_t number = 0; number < kernels_of_a_case; ++number) {
    std::vector<std::uint8_t> kernel = other_kernel(seed, number);
    const Btf full = Btf::parse(kernel, "full");
    if (has_endless_answer(plan, full)) continue;
    const std::string path = "k" + std::to_string(number) + ".btf";
    const std::size_t index = all.full.size();
    all.full.push_back(std::move(kernel));
    all.records.emplace_back().path = path;
    all.named.push_back({.path = path,
                         .record = index,
                         .member = "",
                         .result = archive::make_result(archive::ReducedKernel{
                             .content = store.add(plan.minimize(full).bytes), .figures = {}, .failures = {}})});
  }
  return all;
}

/// Leaves out the numbers from which libbpf has made the instruction: the instruction itself is compared.
Verdict with_instruction(Verdict verdict) {
  verdict.new_sz = 0;
  verdict.fail_memsz_adjust = false;
  if (verdict.failed() || verdict.poison) verdict.new_val = 0;
  return verdict;
}

/// Returns a flag for each relocation of the object: it fails on every kernel. The error may then be another one.
std::vector<bool> failing_everywhere(const BpfObject& object) {
  const minimize::QueryPlan plan = minimize::make_query_plan({object});
  std::vector<bool> fails;
  for (const std::uint32_t index : plan.records[0]) fails.push_back(core::fails_everywhere(plan.classes[index].rule));
  return fails;
}

std::string difference(const std::vector<bool>& fails, const std::vector<Verdict>& full,
                       const std::vector<Verdict>& shared) {
  for (std::size_t i = 0; i < full.size(); ++i) {
    if (with_instruction(full[i]) == with_instruction(shared[i])) continue;
    if (fails[full[i].relocation] && full[i].failed() && shared[i].failed()) continue;
    return "relocation " + std::to_string(full[i].relocation) + ": full " + full[i].text() + ", shared " +
           shared[i].text();
  }
  return "";
}

/// Returns the first difference between the kernel's full BTF and `shared`, for every subset of the programs.
std::string difference(const ResolverObject& object, const std::vector<std::uint8_t>& kernel,
                       const std::vector<std::uint8_t>& shared) {
  ResolverTarget on_full(kernel, "full");
  ResolverTarget on_shared(shared, "shared");
  const std::vector<bool> fails = failing_everywhere(object.object());
  const std::size_t programs = object.object().programs().size();
  for (std::uint32_t subset = 1; subset < 1U << programs; ++subset) {
    std::vector<bool> loaded(programs);
    for (std::size_t i = 0; i < programs; ++i) loaded[i] = (subset >> i & 1U) != 0;
    for (const Rules rules : {Rules::linked, Rules::newest}) {
      const std::string wrong =
          difference(fails, object.resolve(on_full, loaded, rules), object.resolve(on_shared, loaded, rules));
      if (!wrong.empty()) return "programs " + std::to_string(subset) + ", " + wrong;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("answers: libbpf resolves on the BTF that kernels share as on the full BTF of each", "[oracle]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_ANSWERS_CASES", 5000);
  const std::uint64_t first = from_environment("MINBTF_ANSWERS_SEED", 1);
  std::size_t kernels = 0;
  std::size_t contents = 0;
  std::size_t shared = 0;
  for (std::uint64_t seed = first; seed < first + cases; ++seed) {
    const std::vector<std::uint8_t> elf = random_case(seed).object;
    const Plan plan({BpfObject::parse(elf, "object")});
    const ResolverObject object(elf, plan.objects()[0]);
    archive::ContentStore store;
    Kernels all = kernels_of(plan, seed, store);
    std::vector<archive::Content> own;
    for (const archive::NamedKernel& kernel : all.named) own.push_back(reduced(kernel).content);
    shared += archive::share_answers(all.named, all.records, plan);
    kernels += all.named.size();
    contents += std::set<archive::Content>(own.begin(), own.end()).size();
    for (std::size_t i = 0; i < all.named.size(); ++i) {
      const archive::Content& content = reduced(all.named[i]).content;
      if (content == own[i]) continue;
      const std::string wrong = difference(object, all.full[i], *content);
      INFO("MINBTF_ANSWERS_SEED=" << seed << " MINBTF_ANSWERS_CASES=1, kernel " << i);
      CHECK(wrong == "");
    }
  }
  std::cout << "answers: " << cases << " objects, " << kernels << " kernels with " << contents << " contents, "
            << shared << " with the content of another kernel" << std::endl;
  CHECK(shared > cases / 20);
}

}  // namespace minbtf::test
