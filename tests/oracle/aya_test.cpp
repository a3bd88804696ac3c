// SPDX-License-Identifier: BSD-2-Clause
// By aya's rules, each relocation has the same result on the reduced BTF as on the full BTF.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string_view>
#include <vector>

#include "btf/essential_name.hpp"
#include "btf/view.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "oracle/aya_rules.hpp"
#include "oracle/btf_damage.hpp"
#include "oracle/graph_features.hpp"
#include "support/fixtures.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t printed_differences = 20;

struct Tally {
  std::size_t decisions = 0;
  std::size_t as_libbpf = 0;  ///< decisions with libbpf's value
  std::size_t errors = 0;     ///< relocations with which aya fails on the full BTF; not compared
  std::vector<std::string> differences;

  void print(const std::string& title) const {
    std::cout << title << ": by aya's rules " << decisions << " decisions, " << as_libbpf << " of them as libbpf's, "
              << errors << " errors on the full BTF; " << differences.size() << " differences\n";
    for (std::size_t i = 0; i < std::min(differences.size(), printed_differences); ++i) {
      std::cout << "  " << differences[i] << '\n';
    }
    std::cout << std::flush;
  }
};

enum class Compared : std::uint8_t {
  all,
  as_libbpf,  ///< relocations with libbpf's value on the full BTF
};

bool is_known_to_aya(const object::ObjectData& object, const object::Record& record) {
  return object.btf && record.kind < static_cast<std::uint32_t>(RelocationKind::type_matches) && record.type_id != 0 &&
         record.type_id < object.btf->id_end();
}

/// Returns true if the decision has the value that libbpf finds in a type.
bool has_value(const std::string& decision, const Resolution& by_libbpf) {
  if (by_libbpf.status != Status::resolved || by_libbpf.matching == 0) return false;
  const std::string value = std::to_string(by_libbpf.value);
  return decision == value || decision.starts_with(value + ", load");
}

/// Compares the relocations of the object of a plan of one.
void compare(const Plan& plan, const Btf& full, const Btf& reduced, Compared compared, Tally& tally) {
  const BpfObject& parsed = plan.objects()[0];
  const object::ObjectData& object = object::data_of(parsed);
  const AyaTarget on_full(btf::view_of(full));
  const AyaTarget on_reduced(btf::view_of(reduced));
  for (std::size_t program = 0; program < parsed.programs().size(); ++program) {
    std::vector<bool> alone(parsed.programs().size());
    alone[program] = true;
    for (const Resolution& each : plan.resolve(full, 0, alone)) {
      const object::Record& record = object.records[each.relocation];
      if (!is_known_to_aya(object, record)) continue;
      const std::string before = decide_as_aya(object, record, on_full);
      const bool as_libbpf = has_value(before, each);
      if (before.ends_with("error")) ++tally.errors;
      if (before.ends_with("error") || (compared == Compared::as_libbpf && !as_libbpf)) continue;
      ++tally.decisions;
      if (as_libbpf) ++tally.as_libbpf;
      const std::string after = decide_as_aya(object, record, on_reduced);
      if (after == before) continue;
      const RelocationText text = plan.describe(0, each.relocation);
      tally.differences.push_back(full.name() + ", " + parsed.name() + ": relocation " +
                                  std::to_string(each.relocation) + ", " + std::string(to_string(text.kind)) + " of " +
                                  text.subject + ": " + before + " became " + after);
    }
  }
}

/// Returns true if an ENUM and an ENUM64 have the same name. For libbpf, one can stand in for the other.
bool has_both_enums(const btf::View& view) {
  std::set<std::string_view> narrow;
  std::set<std::string_view> wide;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    const std::string_view name = btf::essential_name(view.string(type.name_off));
    if (type.kind == btf::Kind::enum_) narrow.insert(name);
    if (type.kind == btf::Kind::enum64) wide.insert(name);
  }
  return std::ranges::any_of(narrow, [&](std::string_view name) { return wide.contains(name); });
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("aya: by aya's rules all objects are resolved alike on full and reduced BTF of real kernels") {
  listen_to_libbpf();
  const std::vector<OracleObject> objects = little_endian_objects();
  std::vector<BpfObject> parsed;
  for (const OracleObject& object : objects) parsed.push_back(object.parsed());
  const Plan all(parsed);
  Tally tally;
  for (const KernelFile& file : selected_kernel_files()) {
    const OracleKernel kernel = file.load();
    if (kernel.target.big_endian()) continue;
    const Btf for_all = Btf::parse(all.minimize(kernel.btf).bytes, "reduced for all objects");
    for (const BpfObject& object : parsed) {
      const Plan plan({object});
      compare(plan, kernel.btf, Btf::parse(plan.minimize(kernel.btf).bytes, "reduced"), Compared::all, tally);
      compare(plan, kernel.btf, for_all, Compared::all, tally);
    }
  }
  if (tally.decisions == 0) return missing("a kernel's BTF");
  tally.print("real kernels");
  CHECK(tally.differences.empty());
  CHECK(tally.as_libbpf * 2 > tally.decisions);
}

TEST_CASE("aya: by aya's rules the tests' objects are resolved alike on full and reduced BTF of the tests' kernel") {
  const Btf kernel = Btf::parse(kernel_btf(), "the tests' kernel");
  Tally tally;
  for (const OracleObject& object : test_objects("el")) {
    const Plan plan({object.parsed()});
    compare(plan, kernel, Btf::parse(plan.minimize(kernel).bytes, "reduced"), Compared::all, tally);
  }
  tally.print("the tests' kernel");
  CHECK(tally.differences.empty());
  CHECK(tally.as_libbpf > 20);
}

TEST_CASE("aya: where aya agrees with libbpf on random full BTF, it decides alike on the reduced BTF") {
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  const std::uint64_t cases = from_environment("MINBTF_AYA_CASES", 20000);
  Tally tally;
  for (std::uint64_t seed = first; seed < first + cases; ++seed) {
    const RandomCase random = random_case(seed, Loops::as_c_allows);
    const Btf full = Btf::parse(random.kernel, "MINBTF_RANDOM_SEED=" + std::to_string(seed));
    const btf::View& view = btf::view_of(full);
    // The shifts are for little-endian machines, and aya does not leave offsets behind.
    if (view.byte_order() != ByteOrder::little || has_repeated_member(view) || has_both_enums(view)) continue;
    const Plan plan({BpfObject::parse(random.object, "object")});
    compare(plan, full, Btf::parse(plan.minimize(full).bytes, "reduced"), Compared::as_libbpf, tally);
  }
  tally.print("random");
  CHECK(tally.differences.empty());
  CHECK(tally.decisions * 4 > cases);
}

TEST_CASE("aya: the comparison finds damaged BTF") {
  const Btf full = Btf::parse(kernel_btf(), "the tests' kernel");
  const Plan plan({BpfObject::from_file(bpf_object("basic"))});
  const std::vector<std::uint8_t> reduced = plan.minimize(full).bytes;
  constexpr std::uint64_t damaged = 40;
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= damaged; ++seed) {
    Tally tally;
    compare(plan, full, Btf::parse(damage(reduced, seed).bytes, "damaged"), Compared::all, tally);
    if (!tally.differences.empty()) ++found;
  }
  std::cout << found << " of " << damaged << " damaged files were found\n";
  CHECK(found > damaged / 4);
}

}  // namespace minbtf::test
