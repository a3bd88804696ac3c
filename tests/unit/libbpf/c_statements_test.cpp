// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/c_statements.hpp"

#include <catch2/catch.hpp>

#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using What = libbpf::Statement::What;

/// Returns the planned statements as text, such as "definition 4, external 3 for 7".
std::string planned(const BtfForge& forge, const std::vector<std::uint32_t>& ids) {
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  const libbpf::Statements statements = libbpf::plan_statements(view, ids);
  std::string text;
  for (const libbpf::Statement& each : statements.statements) {
    if (!text.empty()) text += ", ";
    if (each.what == What::definition) text += "definition " + std::to_string(each.type);
    if (each.what == What::forward) text += "forward " + std::to_string(each.type);
    if (each.what == What::external) {
      text += "external " + std::to_string(each.type) + " for " + std::to_string(each.named_by);
    }
    if (each.what == What::alias) text += "alias " + std::to_string(each.type);
  }
  return text + (statements.has_record ? "; records" : "");
}

}  // namespace

TEST_CASE("c_statements: a type with a name is defined, and libbpf defines what it needs") {
  const EveryKind all;
  CHECK(planned(all.forge, {all.struct_}) == "definition 4; records");
  CHECK(planned(all.forge, {all.enum_, all.enum64}) == "definition 7, definition 20");
  CHECK(planned(all.forge, {all.fwd}) == "definition 8; records");
  CHECK(planned(all.forge, {all.typedef_}) == "definition 9; records");
}

TEST_CASE("c_statements: a type without a statement of its own becomes a typedef, after the types that it needs") {
  const EveryKind all;
  CHECK(planned(all.forge, {all.int_}) == "alias 1");
  CHECK(planned(all.forge, {all.ptr}) == "forward 4, alias 3; records");
  CHECK(planned(all.forge, {all.const_}) == "alias 11");
  CHECK(planned(all.forge, {all.union_}) == "alias 6; records");
  CHECK(planned(all.forge, {all.func_proto}) == "forward 4, alias 13; records");
  // The forward declaration is written once.
  CHECK(planned(all.forge, {all.ptr, all.restrict_}) == "forward 4, alias 3, alias 12; records");
}

TEST_CASE("c_statements: functions, variables and the variables of a section are declared extern") {
  const EveryKind all;
  CHECK(planned(all.forge, {all.func}) == "forward 4, external 13 for 14; records");
  CHECK(planned(all.forge, {all.var}) == "external 1 for 15");
  CHECK(planned(all.forge, {all.datasec}) == "external 1 for 15");
}

TEST_CASE("c_statements: a typedef is defined even if only a pointer to it is needed") {
  BtfForge forge;
  const std::uint32_t s = forge.structure("s", 4, {{"a", forge.integer("int", 4, 1), 0}});
  const std::uint32_t t = forge.typedef_("t", s);
  const std::uint32_t inside = forge.structure("", 8, {{"p", forge.ptr(t), 0}, {"q", forge.ptr(s), 32}});
  const std::uint32_t by_value = forge.func("f", forge.func_proto(s, {{"a", forge.array(s, 1, 2)}}));
  CHECK(planned(forge, {inside}) == "definition 3, forward 2, alias 6; records");
  // In a prototype a forward declaration of a struct is enough, except for the elements of an array.
  CHECK(planned(forge, {by_value}) == "forward 2, definition 2, external 8 for 9; records");
}

TEST_CASE("c_statements: every type that will be written is checked") {
  BtfForge forge;
  const std::uint32_t number = forge.integer("int", 4, 1);
  const std::uint32_t bad = forge.structure("s", 4, {{"a b", number, 0}});
  const std::uint32_t name_only = forge.func("named", forge.func_proto(0, {{"p", forge.ptr(bad)}}));
  const std::uint32_t through =
      forge.func("defined", forge.func_proto(0, {{"p", forge.ptr(forge.typedef_("t", bad))}}));
  const std::uint32_t part = forge.func("a.part.0", forge.func_proto(0, {}));
  const std::uint32_t section = forge.datasec(".data", 8, {{forge.var("good", number, 1), 0, 4}, {number, 4, 4}});
  const std::uint32_t tag = forge.decl_tag("tag", bad, 0xffffffff);
  const auto error = [&](std::uint32_t id) { return error_text([&] { planned(forge, {id}); }); };
  CHECK(error(name_only) == "no error");
  CHECK_THAT(error(through), Catch::Contains("type [2] struct 's' has a member with a name that C does not accept"));
  CHECK_THAT(error(part), Catch::Contains("func 'a.part.0' has a name that C does not accept"));
  CHECK_THAT(error(section),
             Catch::StartsWith("damaged: ") && Catch::Contains("contains [1], which is not a variable"));
  CHECK_THAT(error(tag), Catch::StartsWith("unsupported: ") && Catch::Contains("cannot be declared"));
}

}  // namespace minbtf::test
