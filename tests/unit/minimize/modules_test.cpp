// SPDX-License-Identifier: BSD-2-Clause
// Kernels with modules: libbpf resolves relocations on the reduced BTF, alone, as on vmlinux with the modules loaded.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "btf/joined.hpp"
#include "core/candidates.hpp"
#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/libbpf_resolver.hpp"
#include "support/module_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

std::string short_text(const Verdict& verdict) {
  if (verdict.failed()) return "failed";
  if (verdict.poison) return "poison";
  return verdict.target_type.empty() ? std::to_string(verdict.new_val) : verdict.target_type;
}

std::vector<std::vector<bool>> subsets_of(std::size_t programs) {
  std::vector<std::vector<bool>> out;
  for (std::size_t bits = 1; bits < (std::size_t{1} << programs); ++bits) {
    std::vector<bool> subset;
    for (std::size_t i = 0; i < programs; ++i) subset.push_back((bits >> i & 1U) != 0);
    out.push_back(subset);
  }
  return out;
}

/// Compares libbpf on vmlinux with modules, in their order and reversed, and on the reduced BTF. Returns the reduction.
Reduction check_modules(const ModuleCase& row) {
  INFO("case: " << row.name);
  listen_to_libbpf();
  const LiveKernel kernel(row);
  const Bytes object_bytes = object_of(row);
  const Plan plan({BpfObject::parse(object_bytes, "object")}, row.keeps);
  Workspace workspace;
  Reduction reduction = plan.minimize(kernel.btf(), "kernel", workspace);
  const Btf reduced = Btf::parse(reduction.bytes, "reduced");
  CHECK(plan.minimize(reduced).bytes == reduction.bytes);
  const minbtf::Comparison compared = plan.compare(kernel.btf(), "kernel", reduced, workspace);
  CHECK(compared.differences.empty());
  CHECK(compared.kept_differences.empty());

  const BpfObject object = plan.objects()[0];
  const ResolverObject resolver(object_bytes, object);
  ResolverTarget alone(reduction.bytes, "reduced");
  for (const bool is_reversed : {false, true}) {
    ResolverTarget live(kernel.base, "vmlinux");
    std::vector<Bytes> modules = kernel.modules;
    if (is_reversed) std::ranges::reverse(modules);
    for (const Bytes& module : modules) live.load_module(module);
    std::string found;
    for (const Verdict& verdict :
         resolver.resolve(live, std::vector<bool>(object.programs().size(), true), Rules::newest)) {
      found += (found.empty() ? "" : "; ") + short_text(verdict);
    }
    CHECK(found == row.expected);
    for (const auto& programs : subsets_of(object.programs().size())) {
      for (const Rules rules : {Rules::linked, Rules::newest}) {
        const auto before = resolver.resolve(live, programs, rules);
        const auto after = resolver.resolve(alone, programs, rules);
        REQUIRE(before.size() == after.size());
        for (std::size_t i = 0; i < before.size(); ++i) {
          INFO("live: " << before[i].text() << "\nreduced: " << after[i].text());
          CHECK(before[i] == after[i]);
        }
      }
    }
  }
  return reduction;
}

/// Returns "KIND NAME" of each type of a BTF.
std::string names(const Bytes& bytes) {
  const btf::View view = btf::View::parse(bytes, "btf");
  std::string out;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    out += (out.empty() ? "" : ", ") + std::string(btf::message_word(type.kind)) + " " +
           std::string(view.string(type.name_off));
  }
  return out;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::uint32_t int_of(BtfForge& f) { return f.integer("int", 4, 1); }

/// struct x { int a; }, and struct m { struct x x; }. The root is struct x; struct m is the type behind it.
std::uint32_t local_x_and_m(BtfForge& f) {
  const auto x = f.structure("x", 4, {{"a", int_of(f), 0}});
  f.structure("m", 4, {{"x", x, 0}});
  return x;
}

void base_x(BtfForge& f) {
  const auto integer = int_of(f);
  f.structure("x", 8, {{"a", integer, 0}, {"b", integer, 32}});
}

/// struct m, which holds a struct x of the module's own, with a at another place.
void module_m(BtfForge& f) {
  const auto x = f.structure("x", 8, {{"b", 1, 0}, {"a", 1, 32}});
  f.structure("m", 16, {{"first", 1, 0}, {"x", x, 64}});
}

}  // namespace

TEST_CASE("modules: a module's type under a name of vmlinux does not become a candidate", "[modules]") {
  const Reduction reduction =
      check_modules({.name = "the smallest case",
                     .local = local_x_and_m,
                     .base = base_x,
                     .modules = {module_m},
                     .asks = {{.access = "0:0"}, {.access = "0:0:0", .type = 3, .program = "two"}},
                     .expected = "0; 12"});
  CHECK(count_of(names(reduction.bytes), "struct x") == 1);
  CHECK(count_of(names(reduction.bytes), "struct ") == 3);
}

TEST_CASE("modules: libbpf looks into modules only if vmlinux has no candidate", "[modules]") {
  const auto local = [](BtfForge& f) { return f.structure("x", 4, {{"a", int_of(f), 0}}); };
  const auto module_x = [](BtfForge& f) { f.structure("x", 8, {{"b", 1, 0}, {"a", 1, 32}}); };
  const std::vector<Ask> asks = {{.access = "0:0"}, {.kind = K::field_exists, .access = "0:0", .program = "two"}};
  check_modules({.name = "only a module has it",
                 .local = local,
                 .base = [](BtfForge& f) { int_of(f); },
                 .modules = {module_x},
                 .asks = asks,
                 .expected = "4; 1"});
  check_modules({.name = "vmlinux has a candidate that does not match",
                 .local = local,
                 .base =
                     [](BtfForge& f) {
                       f.structure("x", 8, {{"b", int_of(f), 0}});
                     },
                 .modules = {module_x},
                 .asks = asks,
                 .expected = "poison; 0"});
  check_modules({.name = "vmlinux has a flavor",
                 .local = local,
                 .base =
                     [](BtfForge& f) {
                       f.structure("x___old", 8, {{"a", int_of(f), 0}});
                     },
                 .modules = {module_x},
                 .asks = asks,
                 .expected = "0; 1"});
  check_modules({.name = "vmlinux has another kind of the name",
                 .local = local,
                 .base =
                     [](BtfForge& f) {
                       int_of(f);
                       f.fwd("x");
                       f.union_("x", 8, {{"a", 1, 0}});
                     },
                 .modules = {module_x},
                 .asks = asks,
                 .expected = "4; 1"});
  check_modules({.name = "no module has it",
                 .local = local,
                 .base = [](BtfForge& f) { int_of(f); },
                 .modules = {[](BtfForge& f) {
                   f.structure("y", 4, {{"a", 1, 0}});
                 }},
                 .asks = asks,
                 .expected = "poison; 0"});
  check_modules(
      {.name = "without modules", .local = local, .base = base_x, .modules = {}, .asks = asks, .expected = "0; 1"});
}

TEST_CASE("modules: enums of 32 and 64 bits are candidates for each other", "[modules]") {
  check_modules({.name = "vmlinux has the enum in 64 bits",
                 .local =
                     [](BtfForge& f) {
                       return f.enumeration("e", 4, {{"on", 1}});
                     },
                 .base =
                     [](BtfForge& f) {
                       f.enumeration64("e", 8, {{"on", 5}});
                     },
                 .modules = {[](BtfForge& f) {
                   f.enumeration("e", 4, {{"on", 7}});
                 }},
                 .asks = {{.kind = K::enumval_value, .access = "0"}},
                 .expected = "5"});
}

TEST_CASE("modules: equal copies are written once, different ones stay ambiguous", "[modules]") {
  const auto local = [](BtfForge& f) { return f.structure("x", 4, {{"a", int_of(f), 0}}); };
  const auto base = [](BtfForge& f) { int_of(f); };
  const auto copy = [](BtfForge& f) { f.structure("x", 8, {{"b", 1, 0}, {"a", 1, 32}}); };
  const auto other = [](BtfForge& f) { f.structure("x", 8, {{"a", 1, 0}}); };
  const auto endless = [](BtfForge& f) { f.structure("x", 8, {{"b", 1, 0}, {"a", 1, 36, 60}}); };
  const std::vector<Ask> asks = {{.access = "0:0"}, {.kind = K::type_exists, .program = "two"}};
  const Reduction equal = check_modules({.name = "equal copies",
                                         .local = local,
                                         .base = base,
                                         .modules = {copy, copy, copy},
                                         .asks = asks,
                                         .expected = "4; 1"});
  CHECK(count_of(names(equal.bytes), "struct x") == 1);
  // A relocation that fails on each copy fails on the first one.
  const Reduction failing = check_modules({.name = "equal copies with a failure",
                                           .local = local,
                                           .base = base,
                                           .modules = {endless, endless},
                                           .asks = asks,
                                           .expected = "failed; 1"});
  CHECK(count_of(names(failing.bytes), "struct x") == 1);
  const Reduction different = check_modules({.name = "different types",
                                             .local = local,
                                             .base = base,
                                             .modules = {copy, other, copy},
                                             .asks = asks,
                                             .expected = "failed; 1"});
  CHECK(count_of(names(different.bytes), "struct x") == 2);
}

TEST_CASE("modules: references of a later module lead to its own types", "[modules]") {
  const auto holder = [](const std::string& name, std::uint32_t at) {
    return [=](BtfForge& f) {
      const auto inner = f.structure("inner_of_" + name, 16, {{"a", 1, at}});
      f.structure(name, 32, {{"in", f.typedef_(name + "_t", inner), 64}});
    };
  };
  check_modules({.name = "three modules",
                 .local =
                     [](BtfForge& f) {
                       const auto integer = int_of(f);
                       const auto inner = f.structure("inner", 4, {{"a", integer, 0}});
                       const auto first = f.structure("p", 4, {{"in", inner, 0}});
                       f.structure("q", 4, {{"in", inner, 0}});
                       f.structure("r", 4, {{"in", inner, 0}});
                       return first;
                     },
                 .base = [](BtfForge& f) { int_of(f); },
                 .modules = {holder("p", 0), holder("q", 32), holder("r", 64)},
                 .asks = {{.access = "0:0:0"}, {.access = "0:0:0", .type = 4}, {.access = "0:0:0", .type = 5}},
                 .expected = "8; 12; 16"});
}

TEST_CASE("modules: the pointer size is that of vmlinux", "[modules]") {
  check_modules({.name = "a module has another long",
                 .local =
                     [](BtfForge& f) {
                       return f.structure("m", 8, {{"p", f.ptr(0), 0}});
                     },
                 .base = [](BtfForge& f) { f.integer("long unsigned int", 4); },
                 .modules = {[](BtfForge& f) {
                   const auto other = f.integer("long int", 8, 1);
                   f.structure("m", 16, {{"l", other, 0}, {"p", f.ptr(0), 64}});
                 }},
                 .asks = {{.kind = K::field_byte_size, .access = "0:0"}},
                 .expected = "4"});
}

TEST_CASE("modules: a relocation that compares a name which the type cannot keep is an error", "[modules]") {
  // type_matches compares the names of structs by value. Without its name the module's struct x would not match.
  const ModuleCase row = {.name = "type_matches",
                          .local =
                              [](BtfForge& f) {
                                const auto x = f.structure("x", 4, {{"a", int_of(f), 0}});
                                f.structure("m", 4, {{"x", x, 0}});
                                return x;
                              },
                          .base = base_x,
                          .modules = {module_m},
                          .asks = {{.access = "0:0"}, {.kind = K::type_matches, .type = 3}},
                          .expected = {}};
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  CHECK(error_text([&] { static_cast<void>(plan.minimize(kernel.btf(), "kernel", workspace)); }) ==
        "unsupported: kernel: a relocation of m compares the name of struct x of module m0 (type [3]), but in the "
        "reduced BTF only struct x of vmlinux (type [2]) can have this name");

  ModuleCase without_x = row;
  without_x.asks = {{.kind = K::type_matches, .type = 3}};
  without_x.expected = "1";
  check_modules(without_x);
}

TEST_CASE("modules: type ids of two modules are those in their own files", "[modules]") {
  const auto x = [](BtfForge& f) { f.structure("x", 8, {{"b", 1, 0}, {"a", 1, 32}}); };
  ModuleCase row = {.name = "equal types with one id",
                    .local =
                        [](BtfForge& f) {
                          return f.structure("x", 4, {{"a", int_of(f), 0}});
                        },
                    .base = [](BtfForge& f) { int_of(f); },
                    .modules = {x, x},
                    .asks = {{.kind = K::type_id_target}, {.access = "0:0"}},
                    .expected = "struct x of 8 bytes; 4"};
  check_modules(row);
  row.name = "equal types with two ids";
  row.modules = {x, [&](BtfForge& f) {
                   f.ptr(0);
                   x(f);
                 }};
  row.expected = "failed; 4";
  check_modules(row);

  // libbpf resolves this type_id_target, because it compares only the ids. One BTF has two ids for two types.
  row.modules = {x, [](BtfForge& f) { f.structure("x", 16, {{"a", 1, 0}}); }};
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  CHECK(error_text([&] { static_cast<void>(plan.minimize(kernel.btf(), "kernel", workspace)); }) ==
        "unsupported: kernel: type_id_target of x: different types of the modules m0 and m1 have the same type id 2");
}

TEST_CASE("modules: what is kept by name is that of vmlinux, or of modules if vmlinux has none", "[modules]") {
  const auto keep = [](const std::string& name) { return Keep{.kind = KeepKind::struct_, .name = name, .path = {}}; };
  ModuleCase row = {.name = "vmlinux has it",
                    .local = local_x_and_m,
                    .base = base_x,
                    .modules = {module_m},
                    .asks = {{.access = "0:0:0", .type = 3}},
                    .expected = "12",
                    .keeps = {keep("x")}};
  const Reduction of_vmlinux = check_modules(row);
  CHECK(count_of(names(of_vmlinux.bytes), "struct x") == 1);
  row.name = "only the module has it";
  row.base = [](BtfForge& f) { int_of(f); };
  const Reduction of_module = check_modules(row);
  CHECK(count_of(names(of_module.bytes), "struct x") == 1);
}

TEST_CASE("modules: vmlinux shadows types of modules by kind and essential name", "[modules]") {
  BtfForge base;
  base_x(base);  // types 1 and 2
  BtfForge module = BtfForge::split(base);
  module.structure("x___v2", 8, {{"a", 1, 0}});  // 3
  module.union_("x", 8, {{"a", 1, 0}});          // 4
  module.structure("y", 8, {{"a", 1, 0}});       // 5
  const Bytes bytes = module.bytes();
  const btf::ModuleBtf list = {.bytes = bytes, .file = "m.ko", .module = "m"};
  const btf::Joined joined = btf::join(btf::View::parse(base.bytes(), "vmlinux"), "vmlinux", {&list, 1});
  const btf::View view = btf::View::parse_in_place(joined.bytes, "kernel", {}, joined.bytes.size(), joined.modules);
  const core::Root x = {.kind = btf::Kind::struct_, .name = "x"};
  const core::Root union_x = {.kind = btf::Kind::union_, .name = "x"};
  const core::Root y = {.kind = btf::Kind::struct_, .name = "y"};
  const std::vector<const core::Root*> roots = {&x, &union_x, &y};
  const core::CandidateFinder finder(roots);
  CHECK(finder.find(view) == std::vector<std::vector<std::uint32_t>>{{2}, {4}, {5}});
  CHECK(finder.shadowed(view) == std::vector<std::uint32_t>{3});
  const btf::View flat = btf::View::parse(joined.bytes, "kernel");
  CHECK(finder.find(flat) == std::vector<std::vector<std::uint32_t>>{{2, 3}, {4}, {5}});
  CHECK(finder.shadowed(flat).empty());
}

TEST_CASE("modules: a module that begins behind the last type is an error", "[modules]") {
  BtfForge base;
  base_x(base);
  const Bytes bytes = base.bytes();
  const Plan plan({}, {Keep{.kind = KeepKind::struct_, .name = "x", .path = {}}});
  Workspace workspace;
  CHECK(error_text([&] {
          static_cast<void>(
              plan.minimize(KernelBtf::with_modules(bytes, {{.name = "m", .first_type = 4}}), "kernel", workspace));
        }) == "damaged: kernel: types: module m cannot begin at type id 4: the ids from 1 to 3 are possible");
}

TEST_CASE("modules: a keep that needs a name which vmlinux has as well is an error that names both", "[modules]") {
  const auto error_of = [](ModuleCase row, const std::vector<std::string>& keeps) {
    for (const std::string& keep : keeps) row.keeps.push_back(Keep::parse(keep));
    const LiveKernel kernel(row);
    std::vector<BpfObject> objects;
    if (!row.asks.empty()) objects.push_back(BpfObject::parse(object_of(row), "object"));
    const Plan plan(std::move(objects), row.keeps);
    Workspace workspace;
    return error_text([&] { static_cast<void>(plan.minimize(kernel.btf(), "kernel", workspace)); });
  };
  const ModuleCase row = {.name = "struct m is kept, and struct x is a root",
                          .local = local_x_and_m,
                          .base = base_x,
                          .modules = {module_m},
                          .asks = {{.access = "0:0"}},
                          .expected = {}};
  const std::string reason =
      ", which is kept by name, needs the name of struct x of module m0 (type [3]), but in the reduced BTF only struct "
      "x of vmlinux (type [2]) can have this name";
  CHECK(error_of(row, {"struct:m"}) == "unsupported: kernel: struct:m" + reason);
  CHECK(error_of(row, {"struct:m.x"}) == "unsupported: kernel: struct:m.x" + reason);
  CHECK(error_of(row, {"struct:m.first"}) == "no error");
  ModuleCase without_root = row;
  without_root.asks.clear();
  CHECK(error_of(without_root, {"struct:m"}) == "no error");
  CHECK(error_of(without_root, {"struct:m", "struct:x"}) == "unsupported: kernel: struct:m" + reason);
  ModuleCase flavor = row;
  flavor.modules = {[](BtfForge& f) {
    const auto x = f.structure("x___2", 8, {{"b", 1, 0}, {"a", 1, 32}});
    f.structure("m", 16, {{"first", 1, 0}, {"x", x, 64}});
  }};
  CHECK(error_of(flavor, {"struct:m"}) ==
        "unsupported: kernel: struct:m, which is kept by name, needs the name of struct x___2 of module m0 (type [3]), "
        "but in the reduced BTF only struct x of vmlinux (type [2]) can have this name");
  // The keep that reaches struct x through a pointer is not the one that names it.
  ModuleCase pointer = row;
  pointer.modules = {[](BtfForge& f) {
    module_m(f);  // struct x is 3, struct m is 4
    f.structure("holder", 8, {{"m", f.ptr(4), 0}});
  }};
  CHECK(error_of(pointer, {"struct:holder"}) == "no error");
  CHECK(error_of(pointer, {"struct:holder", "struct:m"}).find(reason) != std::string::npos);
}

TEST_CASE("modules: without long in vmlinux, a module has the pointer size of vmlinux", "[modules]") {
  // libbpf takes the pointer size of split BTF from its base, otherwise from the first INT of the module.
  ModuleCase row = {.name = "long of 8 bytes",
                    .local =
                        [](BtfForge& f) {
                          return f.structure("m", 8, {{"p", f.ptr(0), 0}});
                        },
                    .base = [](BtfForge& f) { int_of(f); },
                    .modules = {[](BtfForge& f) {
                      const auto other = f.integer("long int", 8, 1);
                      f.structure("m", 16, {{"l", other, 0}, {"p", f.ptr(0), 64}});
                    }},
                    .asks = {{.kind = K::field_byte_size, .access = "0:0"}},
                    .expected = "8"};
  check_modules(row);
  row.modules = {[](BtfForge& f) {
    const auto other = f.integer("unsigned long", 4);
    f.structure("m", 16, {{"l", other, 0}, {"p", f.ptr(0), 64}});
  }};
  const LiveKernel kernel(row);
  ResolverTarget live(kernel.base, "vmlinux");
  live.load_module(kernel.modules[0]);
  const Bytes object = object_of(row);
  const BpfObject parsed = BpfObject::parse(object, "object");
  CHECK(ResolverObject(object, parsed).resolve(live, {true}, Rules::newest).at(0).new_val == 4);
  const Plan plan({parsed});
  Workspace workspace;
  CHECK(error_text([&] { static_cast<void>(plan.minimize(kernel.btf(), "kernel", workspace)); }) ==
        "unsupported: kernel: types: module m0 has pointers of 4 bytes, by its INT unsigned long; vmlinux has no INT "
        "long, and pointers of 8 bytes");
}

TEST_CASE("modules: Btf::with_modules() gives the results of the joined BTF", "[modules]") {
  const ModuleCase row = {.name = "the smallest case",
                          .local = local_x_and_m,
                          .base = base_x,
                          .modules = {module_m},
                          .asks = {{.access = "0:0"}, {.access = "0:0:0", .type = 3, .program = "two"}},
                          .expected = "0; 12"};
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  const Reduction expected = plan.minimize(kernel.btf(), "kernel", workspace);
  const Btf vmlinux = Btf::parse(kernel.base, "vmlinux");
  const std::vector<SplitBtf> modules = {{.name = "m0", .bytes = kernel.modules[0]}};
  const Btf both = Btf::with_modules(vmlinux, modules);
  CHECK(both.name() == "vmlinux");
  CHECK(both.type_count() == 4);
  const Reduction reduction = plan.minimize(both);
  CHECK(reduction.bytes == expected.bytes);
  CHECK(reduction.source_types == 4);
  CHECK(plan.compare(both, Btf::parse(reduction.bytes, "reduced")).differences.empty());
  CHECK(plan.check(both).empty());
  const std::vector<Resolution> resolved = plan.resolve(both, 0, {});
  REQUIRE(resolved.size() == 2);
  CHECK(resolved[0].value == 0);
  CHECK(resolved[1].value == 12);
  CHECK(plan.check(Btf::with_modules(vmlinux, {})).size() == 1);

  CHECK(error_text([&] { static_cast<void>(Btf::with_modules(both, modules)); }) ==
        "wrong_file: vmlinux: a kernel that has modules already");
  const std::vector<SplitBtf> cut = {{.name = "m0", .bytes = std::span(kernel.modules[0]).first(30)}};
  CHECK(error_text([&] { static_cast<void>(Btf::with_modules(vmlinux, cut)); }) ==
        "damaged: m0: header: a section lies beyond the end");
}

}  // namespace minbtf::test
