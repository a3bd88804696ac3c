// SPDX-License-Identifier: BSD-2-Clause
#include "core/mismatch_text.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

using Forge = std::function<std::uint32_t(BtfForge&)>;

std::string otherwise(const Forge& local, const Forge& target, RelocationKind kind = RelocationKind::type_matches) {
  BtfForge object;
  const std::uint32_t wanted = local(object);
  const std::uint32_t access = object.string("0");
  BtfForge kernel;
  const std::uint32_t candidate = target(kernel);
  const auto object_view = btf::View::parse(object.bytes(), "object");
  const auto kernel_view = btf::View::parse(kernel.bytes(), "kernel");
  const auto asked = core::read_record(object_view, static_cast<std::uint32_t>(kind), wanted, access);
  REQUIRE(asked.invalid == Failure::none);
  core::StepCounter work;
  return core::declared_otherwise(asked.question, kernel_view, candidate, work);
}

std::string words(const Forge& type) {
  BtfForge forge;
  const std::uint32_t id = type(forge);
  return core::declaration_words(btf::View::parse(forge.bytes(), "btf"), id);
}

Forge with_members(std::vector<std::pair<std::string, std::uint32_t>> members) {
  return [=](BtfForge& f) {
    f.integer("int", 4, 1);
    f.integer("long int", 8, 1);
    std::vector<ForgedMember> all;
    for (const auto& [name, type] : members) all.push_back({name, type, 0});
    return f.structure("s", 64, all);
  };
}

}  // namespace

TEST_CASE("mismatch_text: a type is described without typedefs and qualifiers, and the text ends for every type") {
  CHECK(words([](BtfForge&) { return 0U; }) == "void");
  CHECK(words([](BtfForge& f) { return f.integer("long int", 8); }) == "long int");
  CHECK(words([](BtfForge& f) { return f.const_(f.typedef_("t", f.structure("s", 4, {}))); }) == "struct s");
  CHECK(words([](BtfForge& f) { return f.ptr(f.const_(f.ptr(f.fwd("task")))); }) == "pointer to pointer to fwd task");
  CHECK(words([](BtfForge& f) { return f.array(f.integer("char", 1), 1, 16); }) == "array of 16 char");
  CHECK(words([](BtfForge& f) {
          return f.ptr(f.func_proto(0, {{"a", 0}, {"b", 0}}));
        }) == "pointer to function of 2 parameters");
  CHECK(words([](BtfForge& f) { return f.structure("", 4, {}); }) == "struct");
  // A pointer to itself has a finite text.
  const std::string endless = words([](BtfForge& f) { return f.ptr(1); });
  CHECK(endless.ends_with("pointer to ..."));
  CHECK(endless.size() < 400);
}

TEST_CASE("mismatch_text: the text names the member or enumerator that type_matches misses") {
  const Forge wanted = with_members({{"a", 1}, {"b", 2}});
  CHECK(otherwise(wanted, with_members({{"a", 1}})) == "no member b");
  CHECK(otherwise(wanted, with_members({{"b", 2}, {"a", 2}})) == "member a is of another type");
  CHECK(otherwise(wanted, with_members({{"b___x", 2}, {"a", 2}, {"a", 1}})) == "");
  CHECK(otherwise(with_members({{"a", 1}, {"a", 1}}), with_members({{"a", 1}})) == "fewer members");
  CHECK(otherwise(with_members({{"", 1}}), with_members({{"a", 1}})) == "no member without a name");

  const auto enumeration = [](std::uint32_t bytes, std::vector<ForgedEnumerator> values) {
    return [=](BtfForge& f) { return f.enumeration("e", bytes, values); };
  };
  const Forge two = enumeration(4, {{"A", 1}, {"B___x", 2}});
  CHECK(otherwise(two, enumeration(4, {{"A", 1}})) == "no enumerator B___x");
  CHECK(otherwise(two, enumeration(4, {{"B", 1}, {"A___y", 1}})) == "");
  CHECK(otherwise(two, enumeration(8, {{"A", 1}})) == "8 bytes");
  CHECK(otherwise(enumeration(4, {{"A", 1}, {"A", 1}}), enumeration(4, {{"A", 1}})) == "fewer enumerators");
}

TEST_CASE("mismatch_text: the text names the pointee on which type_exists fails") {
  const Forge pointer = [](BtfForge& f) { return f.typedef_("t", f.ptr(f.structure("x", 4, {}))); };
  const Forge nothing = [](BtfForge& f) { return f.typedef_("t", f.ptr(0)); };
  CHECK(otherwise(pointer, nothing, RelocationKind::type_exists) == "pointer to void");
  CHECK(otherwise(nothing, pointer, RelocationKind::type_exists) == "pointer to struct x");
  CHECK(otherwise(pointer, nothing) == "pointer to void");
  // An endless type has no text.
  const Forge loop = [](BtfForge& f) { return f.typedef_("t", 1); };
  CHECK(otherwise(pointer, loop, RelocationKind::type_exists) == "");
}

}  // namespace minbtf::test
