// SPDX-License-Identifier: BSD-2-Clause
// Random type graphs in vmlinux and in modules, with few names, so that vmlinux shadows types of modules, and modules
// have copies and different types of one name. libbpf's own resolver resolves relocations on vmlinux with the modules
// and on the reduced BTF alone, and Plan::resolve() must agree.
//
// MINBTF_RANDOM_CASES is the number of cases, MINBTF_RANDOM_SEED the first seed. A difference names its seed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "btf/bytes.hpp"
#include "btf/joined.hpp"
#include "btf/kinds.hpp"
#include "btf/parts.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/dice.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// Returns true if a type of kind `from` may lead to one of kind `to` in the graphs of as_module().
bool may_lead(btf::Kind from, btf::TypeIdField field, btf::Kind to) {
  using btf::Kind;
  if (field == btf::TypeIdField::array_index) return to == Kind::int_;
  if (to == Kind::void_) return from == Kind::ptr || from == Kind::func_proto || btf::is_modifier_or_typedef(from);
  if (to == Kind::func_proto) return from == Kind::func || from == Kind::ptr;
  return from != Kind::func && to != Kind::func && to != Kind::var && to != Kind::datasec && to != Kind::decl_tag;
}

/// Returns the types of `kernel` as split BTF on `base`. They refer to each other, and to the first INT of `base` where
/// the graph has a reference that no module may have.
Bytes as_module(const btf::View& kernel, const btf::View& base) {
  Bytes types(kernel.types().data(), kernel.types().data() + kernel.types().size());
  btf::WordWriter words(types, kernel.byte_order());
  const std::uint32_t more_ids = base.id_end() - 1;
  const auto more_bytes = static_cast<std::uint32_t>(base.strings().size());
  std::uint32_t integer = 1;
  while (integer + 1 < base.id_end() && base.type(integer).kind != btf::Kind::int_) ++integer;
  const auto name = [&](std::size_t at) {
    const std::uint32_t old = kernel.types().u32(at);
    if (old != 0) words.set(at, old + more_bytes);
  };
  for (std::uint32_t id = 1; id < kernel.id_end(); ++id) {
    const btf::Type type = kernel.type(id);
    const std::size_t record = type.at - btf::type_header_size;
    const auto reference = [&](btf::TypeIdField field, std::size_t offset) {
      const std::uint32_t old = kernel.types().u32(record + offset);
      const btf::Kind to = old == 0 ? btf::Kind::void_ : kernel.type(old).kind;
      words.set(record + offset, !may_lead(type.kind, field, to) ? integer : old == 0 ? 0 : old + more_ids);
    };
    name(record);
    btf::for_each_fixed_type_id(type.kind, reference);
    const btf::KindShape& own = btf::shape(type.kind);
    if (own.elem_size == 0) continue;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const std::size_t element = btf::type_header_size + own.info_size + std::size_t{i} * own.elem_size;
      if (own.elem_name >= 0) name(record + element + static_cast<std::size_t>(own.elem_name));
      if (own.elem_type >= 0) reference(btf::TypeIdField::element, element + static_cast<std::size_t>(own.elem_type));
    }
  }
  const std::vector<btf::ByteView> all_types = {btf::ByteView(types.data(), types.size(), kernel.byte_order())};
  const std::vector<btf::ByteView> strings = {kernel.strings()};
  return btf::btf_with(kernel.byte_order(), all_types, strings, {});
}

/// An object, and a kernel with modules.
struct ModulesCase {
  Bytes object;
  Bytes vmlinux;
  std::vector<Bytes> modules;
};

ModulesCase random_modules(std::uint64_t seed) {
  Dice dice(seed * 2654435761U + 17);
  RandomCase own = random_case(seed);
  const ByteOrder order = btf::View::parse(own.kernel, "kernel").byte_order();
  const auto kernel_of = [&](std::uint64_t other) {
    RandomCase found = random_case(other);
    return btf::View::parse(found.kernel, "kernel").byte_order() == order ? found.kernel : own.kernel;
  };
  const auto some_kernel = [&] { return dice.one_in(2) ? own.kernel : kernel_of(seed + 1 + dice.roll(1000)); };
  ModulesCase out{.object = own.object, .vmlinux = {}, .modules = {}};
  if (dice.one_in(3)) {
    out.vmlinux = kernel_of(seed + 2000);
  } else {
    BtfForge small(order);
    const std::uint32_t integer = small.integer("int", 4, 1);
    small.integer("long unsigned int", 8);
    if (dice.one_in(2)) small.structure("s", 8, {{"a", integer, 0}, {"b", integer, 32}});
    small.integer("unsigned int", 4);
    out.vmlinux = small.bytes();
  }
  const btf::View base = btf::View::parse(out.vmlinux, "vmlinux");
  for (std::uint32_t i = dice.roll(4); i > 0; --i) {
    out.modules.push_back(as_module(btf::View::parse(some_kernel(), "kernel"), base));
  }
  return out;
}

struct Tally {
  std::uint64_t relocations = 0;
  std::uint64_t resolved = 0;
  std::uint64_t of_modules = 0;  ///< cases with candidates in modules
  std::uint64_t refused = 0;     ///< no BTF without modules can give the same results
  std::uint64_t passed_over = 0;
  std::uint64_t naive = 0;  ///< cases that are wrong if modules are taken for parts of vmlinux
};

/// Compares every subset of the programs.
std::string differences(std::uint64_t seed, Tally& tally) {
  const ModulesCase random = random_modules(seed);
  const Plan plan({BpfObject::parse(random.object, "object")});
  const BpfObject& object = plan.objects()[0];
  std::vector<SplitBtf> modules;
  for (const Bytes& each : random.modules)
    modules.push_back({.name = "m" + std::to_string(modules.size()), .bytes = each});
  const Btf vmlinux = Btf::parse(random.vmlinux, "vmlinux");
  const Btf full = Btf::with_modules(vmlinux, modules);
  if (has_endless_answer(plan, full)) {
    ++tally.passed_over;
    return "";
  }
  const Reduction reduction = plan.minimize(full);
  const ResolverObject resolver(random.object, object);
  ResolverTarget live(random.vmlinux, "vmlinux");
  for (const Bytes& each : random.modules) live.load_module(each);
  ResolverTarget reduced(reduction.bytes, "reduced");
  const LibbpfCase both = {.plan = plan, .object = resolver, .full = full, .on_full = live, .on_reduced = reduced};
  const std::size_t programs = object.programs().size();
  std::vector<Resolution> ours;
  for (std::uint32_t subset = 1; subset < 1U << programs; ++subset) {
    std::vector<bool> loaded(programs);
    for (std::size_t i = 0; i < programs; ++i) loaded[i] = (subset >> i & 1U) != 0;
    const std::string wrong = wrong_by_libbpf(both, loaded, LawRules::newest_and_linked, ours);
    if (!wrong.empty()) return "programs " + std::to_string(subset) + ", " + wrong;
    tally.relocations += ours.size();
    tally.resolved += static_cast<std::uint64_t>(
        std::ranges::count(ours, Status::resolved, [](const Resolution& each) { return each.status; }));
  }
  if (plan.minimize(vmlinux).bytes != reduction.bytes) ++tally.of_modules;
  std::vector<btf::ModuleBtf> list;
  for (const Bytes& each : random.modules) list.push_back({.bytes = each, .file = "m", .module = "m"});
  const Btf naive = Btf::parse(btf::join(btf::view_of(vmlinux), "vmlinux", list).bytes, "naive");
  ResolverTarget on_naive(plan.minimize(naive).bytes, "naive");
  const std::vector<bool> all(programs, true);
  if (resolver.resolve(live, all, Rules::newest) != resolver.resolve(on_naive, all, Rules::newest)) ++tally.naive;
  return "";
}

}  // namespace

TEST_CASE("Random types and relocations of modules", "[oracle][random]") {
  listen_to_libbpf();
  const std::uint64_t cases = from_environment("MINBTF_RANDOM_CASES", 10000) / 4;
  const std::uint64_t first = from_environment("MINBTF_RANDOM_SEED", 1);
  Tally tally;
  std::uint64_t found = 0;
  for (std::uint64_t seed = first; seed < first + std::max<std::uint64_t>(cases, 1) && found < 10; ++seed) {
    std::string difference;
    try {
      difference = differences(seed, tally);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::unsupported) {
        ++tally.refused;
      } else {
        difference = error.what();
      }
    }
    if (difference.empty()) continue;
    ++found;
    FAIL_CHECK("MINBTF_RANDOM_SEED=" << seed << " MINBTF_RANDOM_CASES=1: " << difference);
  }
  std::cout << "random modules: " << cases << " cases from seed " << first << ": " << tally.relocations
            << " relocations, of them " << tally.resolved << " resolved; modules have an influence in "
            << tally.of_modules << " cases; " << tally.refused << " refused, " << tally.passed_over
            << " that libbpf does not survive; " << tally.naive << " would be wrong if modules were part of vmlinux\n";
  if (cases < 1000) return;
  CHECK(tally.of_modules > cases / 4);
  CHECK(tally.resolved > tally.relocations / 5);
  CHECK(tally.refused < cases / 10);
  CHECK(tally.naive > cases / 100);
}

}  // namespace minbtf::test
