// SPDX-License-Identifier: BSD-2-Clause
// Explanations of relocations on types that only modules have: they name the modules.
#include <catch2/catch.hpp>
#include <string>

#include "minbtf/plan.hpp"
#include "support/module_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

/// Checks the explanations of all unresolved relocations; they are separated by " | ".
void check_reasons(const ModuleCase& row) {
  INFO("case: " << row.name);
  const LiveKernel kernel(row);
  const Plan plan({BpfObject::parse(object_of(row), "object")});
  Workspace workspace;
  std::string found;
  for (const UnresolvedRelocation& each : plan.check(kernel.btf(), "kernel", workspace)) {
    found += (found.empty() ? "" : " | ") + to_string(each.why);
  }
  CHECK(found == row.expected);
}

std::uint32_t int_of(BtfForge& f) { return f.integer("int", 4, 1); }
void only_int(BtfForge& f) { int_of(f); }
/// struct x { struct y y; int b; }, with struct y { int a; }. The types are 3 and 2.
std::uint32_t local_x(BtfForge& f) {
  const auto integer = int_of(f);
  const auto y = f.structure("y", 4, {{"a", integer, 0}});
  return f.structure("x", 8, {{"y", y, 0}, {"b", integer, 32}});
}
/// struct x of a module, with an int b at this offset in bits.
std::function<void(BtfForge&)> b_at(std::uint32_t bits) {
  return [bits](BtfForge& f) { f.structure("x", 16, {{"b", 1, bits}}); };
}
void x_with_y(BtfForge& f) {
  const auto y = f.structure("y", 4, {{"c", 1, 0}});
  f.structure("x", 8, {{"y", y, 0}, {"b", f.ptr(0), 32}});
}

}  // namespace

TEST_CASE("explanations: a mismatch in a type of a module names the module", "[modules]") {
  check_reasons({.name = "no such member",
                 .local = local_x,
                 .base = only_int,
                 .modules = {b_at(0)},
                 .asks = {{.access = "0:0"}},
                 .expected = "x.y: no such member in module m0"});
  check_reasons({.name = "no such member in a type of the module, and another type of a member",
                 .local = local_x,
                 .base = only_int,
                 .modules = {only_int, x_with_y},
                 .asks = {{.access = "0:0:0"}, {.access = "0:1"}},
                 .expected = "x.y.a: no such member in struct y, module m1 | "
                             "x.b: incompatible: pointer there, int in the object; found in module m1"});
  check_reasons({.name = "no such member in a type of vmlinux",
                 .local = local_x,
                 .base =
                     [](BtfForge& f) {
                       f.structure("y", 4, {{"c", int_of(f), 0}});
                     },
                 .modules = {[](BtfForge& f) {
                   f.structure("x", 8, {{"y", 2, 0}});
                 }},
                 .asks = {{.access = "0:0:0"}},
                 .expected = "x.y.a: no such member in struct y"});
  check_reasons({.name = "no such enumerator",
                 .local =
                     [](BtfForge& f) {
                       return f.enumeration("e", 4, {{"on", 1}});
                     },
                 .base = only_int,
                 .modules = {[](BtfForge& f) {
                   f.enumeration("e", 4, {{"off", 0}});
                 }},
                 .asks = {{.kind = K::enumval_value, .access = "0"}},
                 .expected = "e.on: no such enumerator in module m0"});
  check_reasons({.name = "copies in many modules",
                 .local = local_x,
                 .base = only_int,
                 .modules = {b_at(0), b_at(0), b_at(0), b_at(0)},
                 .asks = {{.access = "0:0"}},
                 .expected = "x.y: no such member in modules m0, m1, m2 and others"});
}

TEST_CASE("explanations: an ambiguity of modules names them", "[modules]") {
  check_reasons({.name = "two offsets",
                 .local = local_x,
                 .base = only_int,
                 .modules = {b_at(0), x_with_y, b_at(64)},
                 .asks = {{.access = "0:1"}},
                 .expected = "x.b: ambiguous: several types x disagree about the offset; found in modules m0 and m2"});
  check_reasons({.name = "type ids",
                 .local = local_x,
                 .base = only_int,
                 .modules = {b_at(0), x_with_y},
                 .asks = {{.kind = K::type_id_target}},
                 .expected = "struct x: ambiguous: there are several; found in modules m0 and m1"});
}

TEST_CASE("explanations: types of vmlinux beside modules name no module", "[modules]") {
  check_reasons({.name = "vmlinux has the type",
                 .local = local_x,
                 .base =
                     [](BtfForge& f) {
                       f.structure("x", 4, {{"c", int_of(f), 0}});
                     },
                 .modules = {b_at(0)},
                 .asks = {{.access = "0:1"}},
                 .expected = "x.b: no such member"});
  check_reasons({.name = "nobody has the type",
                 .local = local_x,
                 .base = only_int,
                 .modules = {[](BtfForge& f) { f.union_("x", 4, {}); }},
                 .asks = {{.access = "0:1"}},
                 .expected = "struct x: no such type, only union x"});
}

}  // namespace minbtf::test
