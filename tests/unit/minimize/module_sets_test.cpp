// SPDX-License-Identifier: BSD-2-Clause
// The law with modules, sentence by sentence: for each set of modules, in each order of loading, libbpf resolves
// relocations on the reduced BTF, alone, as on vmlinux with these modules.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/libbpf/libbpf_resolver.hpp"
#include "support/module_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

std::string text_of(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    text += text.empty() ? "" : "; ";
    text += verdict.failed() ? "failed" : verdict.poison ? "poison" : std::to_string(verdict.new_val);
    if (verdict.load_size != 0) text += " load " + std::to_string(verdict.load_size);
  }
  return text;
}

struct SetResult {
  std::set<std::string> live;  ///< what libbpf does with these modules; several if it depends on the order
  /// The reduced BTF. Different candidates keep the order of their modules, so there can be several.
  std::set<Bytes> file;
};

/// Reduces the kernel with these modules, in this order. Compares libbpf on both, for all programs and each alone.
void compare_set(const ModuleCase& row, const Bytes& object_bytes, const Plan& plan,
                 const std::vector<std::size_t>& loaded, SetResult& result) {
  ModuleCase part = row;
  part.modules.clear();
  for (const std::size_t module : loaded) part.modules.push_back(row.modules[module]);
  const LiveKernel kernel(part);
  Workspace workspace;
  const Bytes bytes = plan.minimize(kernel.btf(), "kernel", workspace).bytes;
  result.file.insert(bytes);
  const ResolverObject resolver(object_bytes, plan.objects()[0]);
  ResolverTarget alone(bytes, "reduced");
  ResolverTarget live(kernel.base, "vmlinux");
  for (const Bytes& module : kernel.modules) live.load_module(module);
  const std::size_t programs = plan.objects()[0].programs().size();
  std::vector<std::vector<bool>> subsets = {std::vector<bool>(programs, true)};
  for (std::size_t i = 0; i < programs; ++i) {
    subsets.emplace_back(programs);
    subsets.back()[i] = true;
  }
  for (const auto& subset : subsets) {
    for (const Rules rules : {Rules::linked, Rules::newest}) {
      CHECK(resolver.resolve(live, subset, rules) == resolver.resolve(alone, subset, rules));
    }
  }
  result.live.insert(text_of(resolver.resolve(live, subsets[0], Rules::newest)));
}

/// Compares every set in every order. Returns the results by the numbers of the modules: "", "0", "0 1".
std::map<std::string, SetResult> every_set(const ModuleCase& row) {
  INFO("case: " << row.name);
  listen_to_libbpf();
  const Bytes object = object_of(row);
  const Plan plan({BpfObject::parse(object, "object")});
  std::map<std::string, SetResult> results;
  for (std::size_t bits = 0; bits < (std::size_t{1} << row.modules.size()); ++bits) {
    std::vector<std::size_t> loaded;
    std::string name;
    for (std::size_t i = 0; i < row.modules.size(); ++i) {
      if ((bits >> i & 1U) == 0) continue;
      loaded.push_back(i);
      name += (name.empty() ? "" : " ") + std::to_string(i);
    }
    do {
      compare_set(row, object, plan, loaded, results[name]);
    } while (std::next_permutation(loaded.begin(), loaded.end()));
  }
  return results;
}

/// Returns "SET: RESULT" for each set, and checks that no result depends on the order.
std::string texts(const std::map<std::string, SetResult>& results) {
  std::string text;
  for (const auto& [set, result] : results) {
    CHECK(result.live.size() == 1);
    text += (text.empty() ? "" : " | ") + set + ": " + *result.live.begin();
  }
  return text;
}

std::uint32_t int_of(BtfForge& f) { return f.integer("int", 4, 1); }
std::uint32_t local_x(BtfForge& f) { return f.structure("x", 4, {{"a", int_of(f), 0}}); }
void without_x(BtfForge& f) {
  int_of(f);
  f.integer("long unsigned int", 8);
}

/// A module whose struct x has member a at this bit.
auto x_at(std::uint32_t bit) {
  return [bit](BtfForge& f) { f.structure("x", 16, {{"a", 1, bit}}); };
}

}  // namespace

TEST_CASE("module_sets: what is found depends on the set, and not on the order of loading", "[modules]") {
  CHECK(texts(every_set({.name = "one of three modules has another definition",
                         .local = local_x,
                         .base = without_x,
                         .modules = {x_at(32), x_at(64), x_at(32)},
                         .asks = {{.access = "0:0"}, {.kind = K::type_exists, .program = "two"}},
                         .expected = {}})) ==
        ": poison; 0 | 0: 4; 1 | 0 1: failed; 1 | 0 1 2: failed; 1 | 0 2: 4; 1 | 1: 8; 1 | 1 2: failed; 1 | 2: 4; 1");
  CHECK(texts(every_set({.name = "vmlinux has the type: no module counts",
                         .local = local_x,
                         .base =
                             [](BtfForge& f) {
                               f.structure("x", 16, {{"a", int_of(f), 96}});
                             },
                         .modules = {x_at(32), x_at(64)},
                         .asks = {{.access = "0:0"}},
                         .expected = {}})) == ": 12 | 0: 12 | 0 1: 12 | 1: 12");
  CHECK(texts(every_set({.name = "flavors of modules are candidates beside each other",
                         .local = local_x,
                         .base = without_x,
                         .modules = {[](BtfForge& f) {
                                       f.structure("x___one", 16, {{"a", 1, 32}});
                                     },
                                     [](BtfForge& f) {
                                       f.structure("x___two", 16, {{"b", 1, 0}});
                                       f.structure("x", 16, {{"a", 1, 32}});
                                     }},
                         .asks = {{.access = "0:0"}},
                         .expected = {}})) == ": poison | 0: 4 | 0 1: 4 | 1: 4");
}

TEST_CASE("module_sets: a relocation that one module alone matches narrows the candidates for the next", "[modules]") {
  const auto local = [](BtfForge& f) { return f.structure("x", 8, {{"a", int_of(f), 0}, {"b", 1, 32}}); };
  CHECK(texts(every_set({.name = "member b is in one module",
                         .local = local,
                         .base = without_x,
                         .modules = {x_at(32),
                                     [](BtfForge& f) {
                                       f.structure("x", 16, {{"a", 1, 64}, {"b", 1, 0}});
                                     }},
                         .asks = {{.access = "0:1"}, {.access = "0:0"}},
                         .expected = {}})) == ": poison; poison | 0: poison; 4 | 0 1: 0; 8 | 1: 0; 8");
}

TEST_CASE("module_sets: the number of equal copies makes no difference to the result", "[modules]") {
  const auto results = every_set({.name = "copies",
                                  .local = local_x,
                                  .base = without_x,
                                  .modules = {x_at(32), x_at(32), x_at(32), x_at(32)},
                                  .asks = {{.access = "0:0"}, {.kind = K::type_size, .program = "two"}},
                                  .expected = {}});
  const Bytes& one = *results.at("0").file.begin();
  for (const auto& [set, result] : results) {
    if (set.empty()) continue;
    CHECK(result.live == std::set<std::string>{"4; 16"});
    CHECK(result.file == std::set<Bytes>{one});
  }
  CHECK(results.at("").file.begin()->size() < one.size());
}

TEST_CASE("module_sets: a module's type under a name of vmlinux does not count in any set", "[modules]") {
  const auto local = [](BtfForge& f) {
    const auto x = local_x(f);
    f.structure("m", 4, {{"x", x, 0}});
    return x;
  };
  const auto holder = [](std::uint32_t bit) {
    return [bit](BtfForge& f) {
      const auto x = f.structure("x", 16, {{"a", 1, bit}});
      f.structure("m", 32, {{"x", x, 64}});
    };
  };
  const ModuleCase row = {.name = "two modules hold two different structs x",
                          .local = local,
                          .base =
                              [](BtfForge& f) {
                                f.structure("x", 8, {{"a", int_of(f), 0}});
                              },
                          .modules = {holder(32), holder(64), holder(32)},
                          .asks = {{.access = "0:0"}, {.access = "0:0:0", .type = 3, .program = "two"}},
                          .expected = {}};
  CHECK(texts(every_set(row)) ==
        ": 0; poison | 0: 0; 12 | 0 1: 0; failed | 0 1 2: 0; failed | 0 2: 0; 12 | 1: 0; 16 | "
        "1 2: 0; failed | 2: 0; 12");

  // Merged without a boundary, x::a is ambiguous: this is the smallest case.
  ModuleCase smallest = row;
  smallest.modules.resize(1);
  const LiveKernel kernel(smallest);
  const Bytes object = object_of(smallest);
  const Plan plan({BpfObject::parse(object, "object")});
  Workspace workspace;
  ResolverTarget merged(plan.minimize(KernelBtf(kernel.joined.bytes), "kernel", workspace).bytes, "merged");
  const ResolverObject resolver(object, plan.objects()[0]);
  CHECK(text_of(resolver.resolve(merged, {true, true}, Rules::newest)) == "failed; 12");
}

TEST_CASE("module_sets: type_id_target tells equal copies apart", "[modules]") {
  // Of two copies with different ids in their own files, libbpf cannot choose one.
  const ModuleCase row = {.name = "type ids",
                          .local = local_x,
                          .base = without_x,
                          .modules = {x_at(32),
                                      [](BtfForge& f) {
                                        f.ptr(0);
                                        x_at(32)(f);
                                      }},
                          .asks = {{.kind = K::type_id_target, .program = "ids"}, {.access = "0:0", .program = "two"}},
                          .expected = {}};
  const auto results = every_set(row);
  CHECK(results.at("0 1").live == std::set<std::string>{"failed; 4"});
  CHECK(results.at("0 1").file.begin()->size() > results.at("0").file.begin()->size());
  CHECK(results.at("0").live ==
        std::set<std::string>{"0; 4"});  // the resolver leaves out ids, which differ in another BTF
}

TEST_CASE("module_sets: the size of a load is that of the module that is loaded first", "[modules]") {
  // libbpf does not compare sizes, so this is no ambiguity. The reduced BTF has the order in which modules were given.
  const auto sized = [](const char* name, std::uint32_t bytes) {
    return [=](BtfForge& f) { f.structure("x", 16, {{"a", f.integer(name, bytes), 32}}); };
  };
  const ModuleCase row = {.name = "two sizes",
                          .local =
                              [](BtfForge& f) {
                                return f.structure("x", 4, {{"a", f.integer("u32", 4), 0}});
                              },
                          .base = without_x,
                          .modules = {sized("u32", 4), sized("u16", 2)},
                          .asks = {{.access = "0:0", .load = 4}},
                          .expected = {}};
  const auto results = every_set(row);
  CHECK(results.at("0").live == std::set<std::string>{"4 load 4"});
  CHECK(results.at("1").live == std::set<std::string>{"4 load 2"});
  CHECK(results.at("0 1").live == std::set<std::string>{"4 load 2", "4 load 4"});
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  const std::vector<ModuleRoot> roots = plan.module_roots(kernel.btf(), "kernel", workspace);
  REQUIRE(roots.size() == 1);
  REQUIRE(roots[0].differences.size() == 1);
  CHECK(roots[0].differences[0].depends_on_order);
}

}  // namespace minbtf::test
