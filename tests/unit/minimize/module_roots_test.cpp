// SPDX-License-Identifier: BSD-2-Clause
// Plan::module_roots(): which modules have a type, and whether libbpf's results depend on which of them are loaded.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/error_text.hpp"
#include "support/libbpf/libbpf_resolver.hpp"
#include "support/module_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

std::string joined_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

std::string text_of(const ModuleAnswer& answer) {
  std::string text = answer.status == Status::resolved   ? std::to_string(answer.value)
                     : answer.status == Status::poisoned ? "poison"
                                                         : std::string(to_string(answer.failure));
  if (answer.load_size != 0) text += " load " + std::to_string(answer.load_size);
  return text + " with " + joined_text(answer.modules);
}

/// Returns "struct x: m0 m1", with "; SUBJECT KIND: RESULT with MODULES, ..., together RESULT" for each difference.
std::string text_of(const ModuleRoot& root) {
  std::string text = root.type + ": " + joined_text(root.modules);
  for (const ModuleDifference& each : root.differences) {
    text += "; " + each.subject + " " + std::string(to_string(each.kind)) + ": ";
    for (const ModuleAnswer& alone : each.alone) text += text_of(alone) + ", ";
    CHECK(each.together.modules == root.modules);
    ModuleAnswer together = each.together;
    together.modules = {"all"};
    text += text_of(together) + (each.depends_on_order ? ", by order" : "");
  }
  return text;
}

/// Returns what libbpf does with all records if the modules in `loaded` are loaded, in this order. Ids of types are
/// left out.
std::string results(const ModuleCase& row, const LiveKernel& kernel, const std::vector<std::size_t>& loaded) {
  const Bytes bytes = object_of(row);
  const ResolverObject resolver(bytes, BpfObject::parse(bytes, "object"));
  ResolverTarget live(kernel.base, "vmlinux");
  for (const std::size_t module : loaded) live.load_module(kernel.modules[module]);
  std::string text;
  const std::vector<bool> programs(resolver.object().programs().size(), true);
  for (const Verdict& verdict : resolver.resolve(live, programs, Rules::newest)) {
    text += verdict.failed() ? "failed " + std::string(verdict.reason)
            : verdict.poison
                ? "poison"
                : std::to_string(verdict.new_val) + verdict.target_type + " load " + std::to_string(verdict.load_size);
    text += "; ";
  }
  return text;
}

/// Returns the roots of a row. Checks with libbpf that the modules agree if and only if libbpf has the same results for
/// every subset of the modules that is not empty, in their order and reversed. All roots of a row agree or none does.
std::vector<ModuleRoot> roots_of(const ModuleCase& row) {
  listen_to_libbpf();
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  const std::vector<ModuleRoot> roots = plan.module_roots(kernel.btf(), "kernel", workspace);
  std::vector<SplitBtf> split;
  for (std::size_t i = 0; i < kernel.modules.size(); ++i) {
    split.push_back({.name = "m" + std::to_string(i), .bytes = kernel.modules[i]});
  }
  CHECK(plan.module_roots(Btf::with_modules(Btf::parse(kernel.base, "vmlinux"), split)) == roots);
  if (roots.empty()) return roots;

  std::vector<std::string> all;
  for (std::size_t bits = 1; bits < (std::size_t{1} << row.modules.size()); ++bits) {
    std::vector<std::size_t> loaded;
    for (std::size_t i = 0; i < row.modules.size(); ++i) {
      if ((bits >> i & 1U) != 0) loaded.push_back(i);
    }
    const auto has_root = [&](const ModuleRoot& root) {
      return std::ranges::any_of(loaded, [&](std::size_t i) {
        return std::ranges::find(root.modules, "m" + std::to_string(i)) != root.modules.end();
      });
    };
    if (!std::ranges::all_of(roots, has_root)) continue;
    all.push_back(results(row, kernel, loaded));
    std::ranges::reverse(loaded);
    all.push_back(results(row, kernel, loaded));
  }
  const bool is_same = std::ranges::all_of(all, [&](const std::string& each) { return each == all.front(); });
  CHECK(is_same == std::ranges::all_of(roots, &ModuleRoot::agree));
  return roots;
}

void check_roots(const ModuleCase& row, const std::vector<std::string>& expected) {
  INFO("case: " << row.name);
  std::vector<std::string> found;
  for (const ModuleRoot& root : roots_of(row)) found.push_back(text_of(root));
  CHECK(found == expected);
}

std::uint32_t int_of(BtfForge& f) { return f.integer("int", 4, 1); }
std::uint32_t local_x(BtfForge& f) { return f.structure("x", 4, {{"a", int_of(f), 0}}); }
void only_int(BtfForge& f) { int_of(f); }
/// struct x with an int a at this offset in bits.
std::function<void(BtfForge&)> x_at(std::uint32_t bits) {
  return [bits](BtfForge& f) { f.structure("x", 16, {{"a", 1, bits}}); };
}
void x_without_a(BtfForge& f) { f.structure("x", 16, {{"b", 1, 0}}); }

const std::vector<Ask> offset_and_existence = {{.access = "0:0"},
                                               {.kind = K::field_exists, .access = "0:0", .program = "two"}};

}  // namespace

TEST_CASE("module_roots: modules that have a type are listed, and equal copies agree", "[modules]") {
  check_roots({.name = "one module",
               .local = local_x,
               .base = only_int,
               .modules = {x_at(32), only_int},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0"});
  check_roots({.name = "equal copies",
               .local = local_x,
               .base = only_int,
               .modules = {x_at(32), only_int, x_at(32)},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0 m2"});
  check_roots({.name = "copies that differ in a member that no relocation uses",
               .local = local_x,
               .base = only_int,
               .modules = {x_at(32),
                           [](BtfForge& f) {
                             f.structure("x", 24, {{"a", 1, 32}, {"b", 1, 64}});
                           }},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0 m1"});
  check_roots({.name = "none has the member",
               .local = local_x,
               .base = only_int,
               .modules = {x_without_a, x_without_a},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0 m1"});
  check_roots({.name = "a flavor counts",
               .local = local_x,
               .base = only_int,
               .modules = {[](BtfForge& f) {
                             f.structure("x___v2", 8, {{"a", 1, 32}});
                           },
                           x_at(32)},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0 m1"});
}

TEST_CASE("module_roots: a type that vmlinux has, or nobody, is not listed", "[modules]") {
  check_roots({.name = "vmlinux has it",
               .local = local_x,
               .base =
                   [](BtfForge& f) {
                     f.structure("x", 4, {{"a", int_of(f), 0}});
                   },
               .modules = {x_at(32)},
               .asks = offset_and_existence,
               .expected = {}},
              {});
  check_roots({.name = "nobody has it",
               .local = local_x,
               .base = only_int,
               .modules = {only_int},
               .asks = offset_and_existence,
               .expected = {}},
              {});
  check_roots({.name = "vmlinux has another kind",
               .local = local_x,
               .base =
                   [](BtfForge& f) {
                     f.union_("x", 4, {{"a", int_of(f), 0}});
                   },
               .modules = {x_at(32)},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0"});
  check_roots({.name = "no modules",
               .local = local_x,
               .base = only_int,
               .modules = {},
               .asks = offset_and_existence,
               .expected = {}},
              {});
}

TEST_CASE("module_roots: copies that differ in what a relocation asks disagree", "[modules]") {
  check_roots({.name = "two offsets",
               .local = local_x,
               .base = only_int,
               .modules = {x_at(32), x_at(64)},
               .asks = {{.access = "0:0"}, {.kind = K::type_exists}},
               .expected = {}},
              {"struct x: m0 m1; x.a field_byte_offset: 4 with m0, 8 with m1, " +
               std::string(to_string(Failure::ambiguous_offset)) + " with all"});
  check_roots({.name = "two of three are equal",
               .local = local_x,
               .base = only_int,
               .modules = {x_at(32), x_at(64), x_at(32)},
               .asks = {{.kind = K::type_exists}, {.access = "0:0"}},
               .expected = {}},
              {"struct x: m0 m1 m2; x.a field_byte_offset: 4 with m0 m2, 8 with m1, " +
               std::string(to_string(Failure::ambiguous_offset)) + " with all"});
  check_roots({.name = "one has no such member",
               .local = local_x,
               .base = only_int,
               .modules = {x_without_a, x_at(64)},
               .asks = offset_and_existence,
               .expected = {}},
              {"struct x: m0 m1; x.a field_byte_offset: poison with m0, 8 with m1, 8 with all"
               "; x.a field_exists: 0 with m0, 1 with m1, 1 with all"});
}

TEST_CASE("module_roots: each root is compared on its own", "[modules]") {
  const auto y_at = [](std::uint32_t bits) {
    return [bits](BtfForge& f) {
      f.structure("x", 16, {{"a", 1, 0}});
      f.enumeration("y", 4, {{"on", bits}});
    };
  };
  const ModuleCase row = {.name = "struct x agrees, enum y does not",
                          .local =
                              [](BtfForge& f) {
                                const auto x = local_x(f);
                                f.enumeration("y", 4, {{"on", 1}});
                                return x;
                              },
                          .base = only_int,
                          .modules = {y_at(5), y_at(7)},
                          .asks = {{.access = "0:0"}, {.kind = K::enumval_value, .access = "0", .type = 3}},
                          .expected = {}};
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  const auto roots = plan.module_roots(kernel.btf(), "kernel", workspace);
  REQUIRE(roots.size() == 2);
  CHECK(text_of(roots[0]) == "enum y: m0 m1; y.on enumval_value: 5 with m0, 7 with m1, " +
                                 std::string(to_string(Failure::ambiguous_value)) + " with all");
  CHECK(text_of(roots[1]) == "struct x: m0 m1");
  CHECK(roots[0].differences.front().relocation == 1);
}

TEST_CASE("module_roots: several types of one module are narrowed with each module alone", "[modules]") {
  // Each module has two structs x. The first relocation leaves only the one with b.
  const auto two_x = [](std::uint32_t bits) {
    return [bits](BtfForge& f) {
      f.structure("x", 16, {{"a", 1, 0}});
      f.structure("x", 16, {{"a", 1, bits}, {"b", 1, 0}});
    };
  };
  const auto local = [](BtfForge& f) {
    const auto integer = int_of(f);
    return f.structure("x", 8, {{"a", integer, 0}, {"b", integer, 32}});
  };
  check_roots({.name = "the order decides alike",
               .local = local,
               .base = only_int,
               .modules = {two_x(32), two_x(32)},
               .asks = {{.access = "0:1"}, {.access = "0:0"}},
               .expected = {}},
              {"struct x: m0 m1"});
  check_roots({.name = "what remains differs",
               .local = local,
               .base = only_int,
               .modules = {two_x(32), two_x(64)},
               .asks = {{.access = "0:1"}, {.access = "0:0"}},
               .expected = {}},
              {"struct x: m0 m1; x.a field_byte_offset: 4 with m0, 8 with m1, " +
               std::string(to_string(Failure::ambiguous_offset)) + " with all"});
  // The module without b keeps its x if it is alone, and loses it if the other module is loaded.
  check_roots({.name = "another module rules a type out",
               .local = local,
               .base = only_int,
               .modules = {x_at(32),
                           [](BtfForge& f) {
                             f.structure("x", 16, {{"b", 1, 0}});
                           }},
               .asks = {{.access = "0:1"}, {.access = "0:0"}},
               .expected = {}},
              {"struct x: m0 m1; x.b field_byte_offset: poison with m0, 0 with m1, 0 with all"
               "; x.a field_byte_offset: 4 with m0, poison with m1, poison with all"});
}

TEST_CASE("module_roots: the module that is loaded first gives the size of a load", "[modules]") {
  const auto x_of = [](std::uint32_t bytes) {
    return [bytes](BtfForge& f) { f.structure("x", 16, {{"a", f.integer("number", bytes), 64}}); };
  };
  check_roots(
      {.name = "a load of 4 or 8 bytes",
       .local =
           [](BtfForge& f) {
             return f.structure("x", 4, {{"a", f.integer("unsigned int", 4), 0}});
           },
       .base = only_int,
       .modules = {x_of(4), x_of(8)},
       .asks = {{.access = "0:0", .load = 4}},
       .expected = {}},
      {"struct x: m0 m1; x.a field_byte_offset: 8 load 4 with m0, 8 load 8 with m1, 8 load 4 with all, by order"});
}

TEST_CASE("module_roots: candidates that disagree in a bit offset disagree, though each alone gives one value",
          "[modules]") {
  // A bitfield of one bit: the offset of its byte is the same, and its bit is not.
  const auto x_of = [](std::uint32_t bit) { return [bit](BtfForge& f) { f.structure("x", 4, {{"a", 1, bit, 1}}); }; };
  check_roots({.name = "bitfields",
               .local =
                   [](BtfForge& f) {
                     return f.structure("x", 4, {{"a", int_of(f), 3, 1}});
                   },
               .base = only_int,
               .modules = {x_of(3), x_of(5)},
               .asks = {{.access = "0:0"}},
               .expected = {}},
              {"struct x: m0 m1; x.a field_byte_offset: 0 with m0 m1, " +
               std::string(to_string(Failure::ambiguous_offset)) + " with all"});
}

TEST_CASE("module_roots: a type id has another value in each module", "[modules]") {
  const auto x = x_at(32);
  const auto x_behind = [](BtfForge& f) {
    f.ptr(0);
    f.structure("x", 16, {{"a", 1, 32}});
  };
  const std::vector<Ask> asks = {{.kind = K::type_id_target}};
  check_roots(
      {.name = "one module", .local = local_x, .base = only_int, .modules = {x_behind}, .asks = asks, .expected = {}},
      {"struct x: m0"});
  check_roots({.name = "two modules",
               .local = local_x,
               .base = only_int,
               .modules = {x, x_behind},
               .asks = asks,
               .expected = {}},
              {"struct x: m0 m1; struct x type_id_target: 1 with m0 m1, " +
               std::string(to_string(Failure::ambiguous_value)) + " with all"});
  check_roots(
      {.name = "equal ids", .local = local_x, .base = only_int, .modules = {x, x}, .asks = asks, .expected = {}},
      {"struct x: m0 m1"});
}

TEST_CASE("module_roots: random modules agree if and only if libbpf has one result for all of their subsets",
          "[modules]") {
  std::mt19937 random(20);
  const auto pick = [&](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
  constexpr std::array kinds = {K::field_byte_offset, K::field_byte_offset, K::field_exists,  K::field_byte_size,
                                K::type_size,         K::type_exists,       K::type_id_target};
  std::array<int, 2> rows = {};
  for (int i = 0; i < 600; ++i) {
    ModuleCase row = {.name = "row " + std::to_string(i),
                      .local =
                          [](BtfForge& f) {
                            const auto integer = f.integer("unsigned int", 4);
                            return f.structure("x", 8, {{"a", integer, 0}, {"b", integer, 32}});
                          },
                      .base =
                          [](BtfForge& f) {
                            f.integer("unsigned int", 4);
                            f.integer("unsigned long", 8);
                            f.integer("int", 4, 1);
                          },
                      .modules = {},
                      .asks = {},
                      .expected = {}};
    INFO(row.name);
    // Few variants, so that many modules agree.
    const std::uint32_t variants = 1 + pick(3);
    for (std::uint32_t modules = 1 + pick(3); modules > 0; --modules) {
      std::vector<std::vector<ForgedMember>> types(1 + pick(2));
      for (auto& members : types) {
        if (pick(4) != 0) members.push_back({"a", 1 + pick(variants), 64 * pick(variants), pick(3) == 0 ? 3U : 0U});
        if (pick(2) != 0) members.push_back({"b", 1, 192});
      }
      row.modules.push_back([types](BtfForge& f) {
        for (const auto& members : types) f.structure("x", 32, members);
      });
    }
    for (std::uint32_t asks = 1 + pick(3); asks > 0; --asks) {
      Ask& ask = row.asks.emplace_back();
      ask.kind = kinds[pick(kinds.size())];
      const bool is_of_type = ask.kind == K::type_size || ask.kind == K::type_exists || ask.kind == K::type_id_target;
      ask.access = is_of_type ? "0" : "0:" + std::to_string(pick(2));
      if (ask.kind == K::field_byte_offset && pick(2) == 0) ask.load = 4;
      if (pick(3) == 0) ask.program = "two";
    }
    const std::vector<ModuleRoot> roots = roots_of(row);
    REQUIRE(roots.size() == 1);
    ++rows[roots.front().agree() ? 1 : 0];
  }
  CHECK(rows[0] > 100);
  CHECK(rows[1] > 100);
}

TEST_CASE("module_roots: a question is listed once, with the first record", "[modules]") {
  const ModuleCase row = {.name = "twice",
                          .local = local_x,
                          .base = only_int,
                          .modules = {x_at(32), x_at(64)},
                          .asks = {{.kind = K::type_exists}, {.access = "0:0"}, {.access = "0:0", .program = "two"}},
                          .expected = {}};
  const LiveKernel kernel(row);
  const BpfObject object = BpfObject::parse(object_of(row), "object");
  const Plan plan({object, object});
  Workspace workspace;
  const auto roots = plan.module_roots(kernel.btf(), "kernel", workspace);
  REQUIRE(roots.size() == 1);
  REQUIRE(roots[0].differences.size() == 1);
  CHECK(roots[0].differences[0].object == 0);
  CHECK(roots[0].differences[0].relocation == 1);
  CHECK(plan.using_only({false, false}).module_roots(kernel.btf(), "kernel", workspace).empty());
}

TEST_CASE("module_roots: more modules and relocations than can be compared are an error", "[modules]") {
  constexpr std::uint32_t count = 3000;
  BtfForge forge;
  int_of(forge);
  std::vector<KernelModule> modules;
  for (std::uint32_t i = 0; i < count; ++i) {
    modules.push_back({.name = "m" + std::to_string(i), .first_type = forge.next_id()});
    forge.structure("x", 4 * count, {{"a", 1, 32 * i}});
  }
  const Bytes bytes = forge.bytes();
  ModuleCase row = {.name = "limit", .local = local_x, .base = only_int, .modules = {}, .asks = {}, .expected = {}};
  row.asks.assign(count, {.access = "0:0"});
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  CHECK(error_text([&] {
          static_cast<void>(plan.module_roots(KernelBtf::with_modules(bytes, modules), "kernel", workspace));
        }) ==
        "unsupported: kernel: types: 3000 modules with different types of the name 'x' are more than can be compared");
}

}  // namespace minbtf::test
