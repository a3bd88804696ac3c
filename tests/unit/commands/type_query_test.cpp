// SPDX-License-Identifier: BSD-2-Clause
#include "commands/dump/type_query.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using Ids = std::vector<std::uint32_t>;
using cli::find_types;
using cli::parse_type_query;

/// Two structs, a union, a typedef, both enums, a function, a variable and a forward declaration of one name.
struct Namesakes {
  BtfForge forge;
  std::uint32_t int_ = forge.integer("int", 4, 1);
  std::uint32_t fwd = forge.fwd("x");
  std::uint32_t first = forge.structure("x", 4, {{"a", int_, 0}});
  std::uint32_t second = forge.structure("x", 8, {{"a", int_, 0}});
  std::uint32_t union_ = forge.union_("x", 4, {{"a", int_, 0}});
  std::uint32_t typedef_ = forge.typedef_("x", first);
  std::uint32_t enum_ = forge.enumeration("x", 4, {{"A", 1}});
  std::uint32_t enum64 = forge.enumeration64("x", 8, {{"B", 1}});
  std::uint32_t func = forge.func("x", forge.func_proto(0, {}));
  std::uint32_t var = forge.var("x", int_, 1);
  std::uint32_t tag = forge.decl_tag("x", first, 0xffffffff);
  std::uint32_t type_tag = forge.type_tag("x", int_);
  std::uint32_t only_declared = forge.fwd("u", true);
  std::uint32_t longer = forge.structure("xx", 4, {});
  btf::View view = btf::View::parse(forge.bytes(), "forged");
};

Ids found(const btf::View& view, const std::vector<std::string>& words) {
  return find_types(view, parse_type_query(words));
}

}  // namespace

TEST_CASE("type_query: a number is an id, and any other word is a name, also a kind alone") {
  CHECK(parse_type_query({"123"}).id == 123);
  CHECK(parse_type_query({"#0"}).id == 0);
  CHECK(parse_type_query({"99999999999999999999999"}).id == std::numeric_limits<std::uint64_t>::max());
  for (const char* word : {"#", "12a", "-1", "0x10", "struct"}) {
    CHECK_FALSE(parse_type_query({word}).id);
    CHECK(parse_type_query({word}).kind.empty());
    CHECK(parse_type_query({word}).name == word);
  }
  for (const auto& words : {std::vector<std::string>{"struct", "x"}, std::vector<std::string>{"struct x"}}) {
    CHECK(parse_type_query(words).kind == "struct");
    CHECK(parse_type_query(words).name == "x");
  }
  CHECK(parse_type_query({"long", "unsigned", "int"}).name == "long unsigned int");
  CHECK(parse_type_query({"int", "long unsigned int"}).kind == "int");
  CHECK(parse_type_query({"ptr", "x"}).kind.empty());
  CHECK(parse_type_query({"struct "}).kind == "struct");
  CHECK(parse_type_query({"struct "}).name.empty());
}

TEST_CASE("type_query: a name finds types of all kinds but tags, and a kind with a name finds types of that kind") {
  const Namesakes all;
  CHECK(found(all.view, {"x"}) ==
        Ids{all.first, all.second, all.union_, all.typedef_, all.enum_, all.enum64, all.func, all.var});
  CHECK(found(all.view, {"struct", "x"}) == Ids{all.first, all.second});
  CHECK(found(all.view, {"union x"}) == Ids{all.union_});
  CHECK(found(all.view, {"typedef", "x"}) == Ids{all.typedef_});
  CHECK(found(all.view, {"enum", "x"}) == Ids{all.enum_, all.enum64});
  CHECK(found(all.view, {"enum64", "x"}) == Ids{all.enum64});
  CHECK(found(all.view, {"func", "x"}) == Ids{all.func});
  CHECK(found(all.view, {"var", "x"}) == Ids{all.var});
  CHECK(found(all.view, {"fwd", "x"}) == Ids{all.fwd});
  CHECK(found(all.view, {"decl_tag", "x"}) == Ids{all.tag});
  CHECK(found(all.view, {"type_tag", "x"}) == Ids{all.type_tag});
  CHECK(found(all.view, {"int"}) == Ids{all.int_});
  CHECK(found(all.view, {"y"}).empty());
  CHECK(found(all.view, {std::string("x\0y", 3)}).empty());
}

TEST_CASE("type_query: a name finds a forward declaration only if it finds no other type") {
  const Namesakes all;
  CHECK(found(all.view, {"u"}) == Ids{all.only_declared});
  CHECK(found(all.view, {"union", "u"}) == Ids{all.only_declared});
  CHECK(found(all.view, {"struct", "u"}).empty());
}

TEST_CASE("type_query: the first type of each kind is chosen, and the others are listed") {
  const Namesakes all;
  const cli::Choice choice = cli::first_of_each_kind(all.view, found(all.view, {"x"}));
  CHECK(choice.shown == Ids{all.first, all.union_, all.typedef_, all.enum_, all.func, all.var});
  CHECK(choice.others == Ids{all.second, all.enum64});
}

TEST_CASE("type_query: suggested names are names of the kind, without duplicates or names over 511 bytes") {
  const Namesakes all;
  CHECK(cli::type_names(all.view, "") == std::vector<std::string>{"int", "x", "u", "xx"});
  CHECK(cli::type_names(all.view, "struct") == std::vector<std::string>{"x", "xx"});
  CHECK(cli::type_names(all.view, "union") == std::vector<std::string>{"x", "u"});
  BtfForge forge;
  forge.fwd(std::string(511, 'a'));
  forge.fwd(std::string(512, 'b'));
  CHECK(cli::type_names(btf::View::parse(forge.bytes(), "long"), "").size() == 1);
}

}  // namespace minbtf::test
