// SPDX-License-Identifier: BSD-2-Clause
// cilium/ebpf resolves each relocation on the reduced BTF as on the full BTF. It has its own resolver, whose rules are
// not those of libbpf: candidates of any kind, one candidate for all relocations of a program, a search for members
// that visits the nearest anonymous members first.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string_view>

#include "btf/essential_name.hpp"
#include "btf/view.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "oracle/btf_damage.hpp"
#include "oracle/cilium_decisions.hpp"
#include "oracle/graph_features.hpp"
#include "support/fixtures.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/skip.hpp"

namespace minbtf::test {

namespace {

/// cilium/ebpf copies each candidate with everything that it refers to. In kernels of more bytes than this, which have
/// thousands of duplicates of each type, this takes minutes for an object.
constexpr std::size_t most_bytes = 12'000'000;

constexpr std::uint64_t seeds_in_a_run = 250;

constexpr auto type_id_target_kind = static_cast<std::uint32_t>(RelocationKind::type_id_target);

/// The objects as files.
struct ObjectFiles {
  std::vector<BpfObject> parsed;
  std::vector<std::string> paths;

  ObjectFiles(const std::vector<OracleObject>& objects, const TempDir& directory) {
    for (const OracleObject& object : objects) {
      paths.push_back(directory.write(std::to_string(paths.size()) + ".o", object.bytes));
      parsed.push_back(object.parsed());
    }
  }
};

/// Reduces the kernel for all objects together, and for each object alone.
void compare(const Cilium& cilium, const ObjectFiles& objects, const OracleKernel& kernel, CiliumComparison& out) {
  const TempDir directory;
  const std::string full = directory.write("full", kernel.bytes);
  const std::string for_all = directory.write("all", Plan(objects.parsed).minimize(kernel.btf).bytes);
  const std::size_t count = objects.paths.size();
  std::vector<CiliumJob> jobs;
  for (const std::string& path : objects.paths) jobs.push_back({full, path});
  for (const std::string& path : objects.paths) jobs.push_back({for_all, path});
  for (std::size_t i = 0; i < count; ++i) {
    const Plan plan({objects.parsed[i]});
    jobs.push_back({directory.write(std::to_string(i), plan.minimize(kernel.btf).bytes), objects.paths[i]});
  }
  const std::vector<CiliumDecisions> decisions = cilium.decide(jobs);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string where = kernel.name() + ", " + objects.parsed[i].name();
    out.add(decisions[i], decisions[count + i], where + ", with all objects");
    out.add(decisions[i], decisions[2 * count + i], where);
  }
}

/// Returns true if a type of another kind has this essential name: it is a candidate for cilium/ebpf only.
bool has_other_kind(const btf::View& view, std::string_view name, btf::Kind kind) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    const bool same_name = btf::essential_name(view.string(type.name_off)) == btf::essential_name(name);
    if (same_name && btf::core_kind(type.kind) != btf::core_kind(kind)) return true;
  }
  return false;
}

/// Returns the decisions with the value that libbpf finds in a type, for local types whose candidates are the same.
/// Random types have others: for cilium/ebpf, types of all kinds are candidates, the types of elements are not
/// compared, and the nearest anonymous members are searched first. What only such a decision needs is not kept.
CiliumDecisions agreed(const CiliumDecisions& of_full, const Plan& plan, const Btf& full) {
  const object::ObjectData& object = object::data_of(plan.objects()[0]);
  const std::size_t programs = plan.objects()[0].programs().size();
  CiliumDecisions out;
  if (has_repeated_member(btf::view_of(full))) return out;
  std::set<std::string> others;
  for (std::size_t program = 0; program < programs; ++program) {
    std::vector<bool> alone(programs);
    alone[program] = true;
    for (const Resolution& each : plan.resolve(full, 0, alone)) {
      const object::Record& record = object.records[each.relocation];
      const std::string relocation = "alone\t" + std::to_string(record.kind) + "\t" +
                                     std::string(object.btf->string(object.btf->type(record.type_id).name_off)) + " [" +
                                     std::to_string(record.type_id) + "]\t" +
                                     std::string(object.btf->string(record.access_str_off));
      const auto found = of_full.decisions.find(relocation);
      if (found == of_full.decisions.end()) continue;
      const std::string value = std::to_string(static_cast<std::uint32_t>(each.value));
      // libbpf does not look at the kind of a type of which no member is accessed.
      const std::string_view access = object.btf->string(record.access_str_off);
      const bool is_field = record.kind <= static_cast<std::uint32_t>(RelocationKind::field_rshift_u64);
      if (is_field && access.find(':') == std::string_view::npos) continue;
      const btf::Type local = object.btf->type(record.type_id);
      const bool same_candidates = !has_other_kind(btf::view_of(full), object.btf->string(local.name_off), local.kind);
      const bool same = record.kind == type_id_target_kind ? each.value != 0 : found->second.ends_with("->" + value);
      if (each.status == Status::resolved && each.matching > 0 && same_candidates && same)
        out.decisions.insert(*found);
      else
        others.insert(relocation);
    }
  }
  for (const std::string& each : others) out.decisions.erase(each);
  return out;
}

/// Checks that there are decisions, and that none differs.
void check(const CiliumComparison& comparison, const std::string& title) {
  comparison.print(title);
  CHECK(comparison.resolved > 0);
  CHECK(comparison.differences.empty());
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("cilium: cilium/ebpf resolves all objects alike on full and reduced BTF of real kernels") {
  if (!has_cilium_resolver()) return;
  listen_to_libbpf();
  const Cilium cilium;
  const TempDir directory;
  const ObjectFiles little(little_endian_objects(), directory);
  CiliumComparison total;
  for (const KernelFile& file : selected_kernel_files()) {
    const OracleKernel kernel = file.load();
    if (kernel.target.big_endian()) continue;
    if (kernel.bytes.size() > most_bytes) {
      std::cout << file.name << ": left out, " << kernel.bytes.size() << " bytes\n";
      continue;
    }
    compare(cilium, little, kernel, total);
  }
  if (total.decisions == 0) return missing("a kernel's BTF");
  check(total, "real kernels");
}

TEST_CASE("cilium: cilium/ebpf resolves the tests' objects alike on full and reduced BTF of the tests' kernel") {
  if (!has_cilium_resolver()) return;
  listen_to_libbpf();
  const Cilium cilium;
  for (const std::string order : {"el", "eb"}) {
    const TempDir directory;
    CiliumComparison total;
    const ObjectFiles objects(test_objects(order), directory);
    compare(cilium, objects, oracle_kernel(kernel_btf(order), "the tests' kernel"), total);
    check(total, "the tests' kernel, " + order);
  }
}

TEST_CASE("cilium: where cilium/ebpf agrees with libbpf on random full BTF, it decides alike on the reduced BTF") {
  if (!has_cilium_resolver()) return;
  const Cilium cilium;
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  const std::uint64_t end = first + from_environment("MINBTF_CILIUM_CASES", 5000);
  CiliumComparison total;
  for (std::uint64_t begin = first; begin < end; begin += seeds_in_a_run) {
    const TempDir directory;
    std::vector<CiliumJob> jobs;
    std::vector<Plan> plans;
    std::vector<Btf> kernels;
    for (std::uint64_t seed = begin; seed < std::min(end, begin + seeds_in_a_run); ++seed) {
      const RandomCase random = random_case(seed, Loops::as_c_allows);
      const std::string name = std::to_string(seed);
      plans.emplace_back(std::vector<BpfObject>{BpfObject::parse(random.object, name)});
      kernels.push_back(Btf::parse(random.kernel, name));
      const std::string object = directory.write(name + ".o", random.object);
      jobs.push_back({directory.write(name + ".full", random.kernel), object});
      jobs.push_back({directory.write(name + ".reduced", plans.back().minimize(kernels.back()).bytes), object});
    }
    const std::vector<CiliumDecisions> decisions = cilium.decide(jobs);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const CiliumDecisions full = agreed(decisions[2 * i], plans[i], kernels[i]);
      CiliumDecisions reduced = decisions[2 * i + 1];
      reduced.failed.clear();
      total.add(full, reduced, "MINBTF_RANDOM_SEED=" + kernels[i].name());
    }
  }
  check(total, "random");
}

TEST_CASE("cilium: the comparison finds BTF that was reduced for another object, and damaged BTF") {
  if (!has_cilium_resolver()) return;
  listen_to_libbpf();
  const TempDir directory;
  const std::vector<std::uint8_t> kernel = kernel_btf();
  const Btf full = Btf::parse(kernel, "the tests' kernel");
  const std::string object = bpf_object("basic");
  const std::vector<std::uint8_t> reduced = Plan({BpfObject::from_file(object)}).minimize(full).bytes;
  std::vector<CiliumJob> jobs = {{directory.write("full", kernel), object}, {directory.write("own", reduced), object}};
  const Plan other({BpfObject::from_file(bpf_object("calls"))});
  jobs.push_back({directory.write("other", other.minimize(full).bytes), object});
  const std::size_t first_damaged = jobs.size();
  constexpr std::uint64_t damaged = 40;
  for (std::uint64_t seed = 1; seed <= damaged; ++seed) {
    jobs.push_back({directory.write("damaged" + std::to_string(seed), damage(reduced, seed).bytes), object});
  }
  const std::vector<CiliumDecisions> decisions = Cilium().decide(jobs);
  std::size_t found = 0;
  for (std::size_t i = 1; i < jobs.size(); ++i) {
    CiliumComparison comparison;
    comparison.add(decisions[0], decisions[i], jobs[i].btf);
    REQUIRE(comparison.resolved > 5);
    const bool differs = !comparison.differences.empty();
    if (i < first_damaged) CHECK(differs == (i != 1));
    if (i >= first_damaged && differs) ++found;
  }
  std::cout << found << " of " << damaged << " damaged files were found\n";
  CHECK(found > damaged / 4);
}

}  // namespace minbtf::test
