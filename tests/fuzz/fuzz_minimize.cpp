// SPDX-License-Identifier: BSD-2-Clause
// Reduces a kernel for an object. support/libbpf/same_decisions.hpp and support/libbpf/libbpf_decisions.hpp state what
// must hold for the result, and support/libbpf/libbpf_limits.hpp the cases in which libbpf cannot be run.
#include <algorithm>

#include "elf/elf_file.hpp"
#include "fuzz/harness.hpp"
#include "minbtf/error.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"
#include "support/libbpf/same_decisions.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t single_programs = 3;  ///< more programs cost time and find nothing new

std::vector<std::uint8_t> btf_of(const std::vector<std::uint8_t>& object) {
  const auto file = elf::ElfFile::from_memory(object, "object");
  const auto section = file.section(".BTF");
  if (!section) return {};
  return {section->data.begin(), section->data.end()};
}

/// Returns an empty string if libbpf resolves each relocation equally on both BTFs, and in the same way as min-btf.
/// Cases in which libbpf cannot be run are skipped.
std::string wrong_to_libbpf(const Plan& plan, const Btf& full, const ObjectAndKernel& parts) {
  const BpfObject& object = plan.objects()[0];
  if (object.programs().empty()) return "";  // libbpf relocates only programs
  const std::vector<std::uint8_t> local = btf_of(parts.object);
  if (!beyond_libbpf(plan, local, parts.kernel).empty()) return "";
  const auto resolver = ResolverObject::of_btf(local, object);
  ResolverTarget on_full(parts.kernel, "full");
  ResolverTarget on_reduced(plan.minimize(full).bytes, "reduced");
  const LibbpfCase both = {
      .plan = plan, .object = resolver, .full = full, .on_full = on_full, .on_reduced = on_reduced};
  std::vector<Resolution> ours;
  const std::size_t programs = object.programs().size();
  std::string wrong = wrong_by_libbpf(both, std::vector<bool>(programs, true), LawRules::newest, ours);
  for (std::size_t i = 0; i < std::min(programs, single_programs) && wrong.empty(); ++i) {
    std::vector<bool> one(programs);
    one[i] = true;
    wrong = wrong_by_libbpf(both, one, LawRules::newest, ours);
  }
  return wrong;
}

void run(const ObjectAndKernel& parts) {
  const Plan plan({BpfObject::parse(parts.object, "object")});
  const Btf full = Btf::parse(parts.kernel, "kernel");
  std::string wrong = wrong_with_reduction(plan, full);
  require(wrong.empty(), wrong);
  wrong = wrong_to_libbpf(plan, full, parts);
  require(wrong.empty(), wrong);
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  [[maybe_unused]] static const bool quiet = (test::listen_to_libbpf(), true);
  try {
    test::run(test::split(data, size));
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
