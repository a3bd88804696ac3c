// SPDX-License-Identifier: BSD-2-Clause
// Reading of records. The rules are those of libbpf's bpf_core_parse_spec().
#include "core/question.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

/// struct s { int a; int f[4]; struct { int b; }; } and an enum, with a record that has `access`.
std::uint32_t local(BtfForge& f) {
  const auto i = f.integer("int", 4, 1);
  const auto anonymous = f.structure("", 4, {{"b", i, 0}});
  return f.structure("s", 24, {{"a", i, 0}, {"f", f.array(i, i, 4), 32}, {"", anonymous, 160}});
}

core::Asked read(const std::function<std::uint32_t(BtfForge&)>& make, K kind, const std::string& access) {
  static std::vector<std::unique_ptr<btf::View>> views;  // the questions refer to them
  BtfForge forge;
  const auto root = make(forge);
  const auto offset = forge.string(access);
  views.push_back(std::make_unique<btf::View>(btf::View::parse(forge.bytes(), "local")));
  return core::read_record(*views.back(), static_cast<std::uint32_t>(kind), root, offset);
}

std::string subject(const std::function<std::uint32_t(BtfForge&)>& make, K kind, const std::string& access) {
  BtfForge forge;
  const auto root = make(forge);
  const auto offset = forge.string(access);
  const auto view = btf::View::parse(forge.bytes(), "local");
  return core::describe_record(view, static_cast<std::uint32_t>(kind), root, offset);
}

const std::string refused = "failed: the record describes no access to the type";

void access(const std::string& text, const std::string& expected, Oracle oracle = Oracle::yes) {
  check({.name = "access string '" + text + "'",
         .local = local,
         .target = [](BtfForge& f) { local(f); },
         .asks = {{.kind = K::field_byte_offset, .access = text}},
         .expected = expected,
         .oracle = oracle});
}

}  // namespace

TEST_CASE("question: access strings are read as sscanf reads them", "[question]") {
  access("0", "0");
  access("0:0", "0");
  access("0:1", "4");
  access("0:1:3", "16");
  access("0:2:0", "20");
  access("1:0", "24");
  access("0: 1", "4");
  access("0 1", "4");
  access("+0:1", "4");
  access("4294967297:0", "24");  // truncated to an int
  access("", refused);
  access(":0", refused);
  access("0:", refused);
  access("0::1", refused);
  access("0:x", refused);
  access("0:1x", refused);
  access("x", refused);
  access("0:3", refused);
  access("0:1:4", refused);
  access("0:0:0", refused);
  access("0:2", "0");  // an anonymous member is not an accessor
  std::string long_one = "0";
  for (int i = 0; i < 64; ++i) long_one += ":0";
  access(long_one, refused);
}

TEST_CASE("question: negative indices are rejected, as in libbpf 1.8", "[question]") {
  // libbpf 1.1 accepts them.
  access("-1:0", refused, Oracle::no);
  access("0:-1", refused, Oracle::no);
}

TEST_CASE("question: a record that libbpf rejects on every kernel fails", "[question]") {
  const auto anonymous = [](BtfForge& f) { return f.structure("", 4, {{"a", f.integer("int", 4, 1), 0}}); };
  const auto target = [](BtfForge& f) { local(f); };
  check({.name = "anonymous type",
         .local = anonymous,
         .target = target,
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "failed: the type has no name to look for"});
  check({.name = "unknown kind",
         .local = local,
         .target = target,
         .asks = {{.kind = static_cast<K>(13), .access = "0:0"}},
         .expected = "failed: unknown relocation kind"});
  check({.name = "a member of an integer",
         .local = [](BtfForge& f) { return f.integer("int", 4, 1); },
         .target = target,
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = refused});
  check({.name = "an enumerator of a struct",
         .local = local,
         .target = target,
         .asks = {{.kind = K::enumval_exists, .access = "0"}},
         .expected = refused});
  check({.name = "an enumerator too far",
         .local =
             [](BtfForge& f) {
               return f.enumeration("e", 4, {{"A", 0}});
             },
         .target = target,
         .asks = {{.kind = K::enumval_exists, .access = "1"}},
         .expected = refused});
  check({.name = "a type relocation with an access",
         .local = local,
         .target = target,
         .asks = {{.kind = K::type_exists, .access = "0:0"}},
         .expected = refused});
  check({.name = "the size of what has none",
         .local = [](BtfForge& f) { return f.fwd("s"); },
         .target = target,
         .asks = {{.kind = K::type_size}},
         .expected = "failed: there is no such value for the object's own type"});
}

TEST_CASE("question: a record with an unknown type id, or an access string out of bounds, is a failing relocation",
          "[question]") {
  BtfForge forge;
  const auto root = local(forge);
  const auto view = btf::View::parse(forge.bytes(), "local");
  CHECK(core::read_record(view, 0, 99, 0).invalid == Failure::unknown_local_type);
  CHECK(core::read_record(view, 0, root, 1U << 30U).invalid == Failure::bad_access_string);
}

TEST_CASE("question: the subject of a record is its access in C syntax", "[question]") {
  CHECK(subject(local, K::field_byte_offset, "0:1:3") == "struct s::f[3]");
  CHECK(subject(local, K::field_byte_offset, "0:2:0") == "struct s::b");
  CHECK(subject(local, K::field_byte_offset, "2:0") == "struct s[2]::a");
  CHECK(subject(local, K::type_exists, "0") == "struct s");
  const auto enumeration = [](BtfForge& f) { return f.enumeration("e", 4, {{"A", 0}, {"B", 1}}); };
  CHECK(subject(enumeration, K::enumval_value, "1") == "enum e::B");
}

TEST_CASE("question: equal questions have equal keys, whatever the layout in the object", "[question]") {
  const auto key = [](const std::function<std::uint32_t(BtfForge&)>& make, K kind, const std::string& text) {
    const core::Asked asked = read(make, kind, text);
    REQUIRE(asked.invalid == Failure::none);
    return asked.question.key;
  };
  const auto member = [](const std::string& type_name, const std::string& name, std::uint32_t at,
                         const std::function<std::uint32_t(BtfForge&)>& type) {
    return [=](BtfForge& f) {
      const auto t = type(f);
      return f.structure(type_name, 64, {{"before", t, 0}, {name, t, at}});
    };
  };
  const auto i4 = [](BtfForge& f) { return f.integer("int", 4, 1); };
  const auto u8 = [](BtfForge& f) { return f.typedef_("u8", f.const_(f.integer("unsigned char", 1))); };
  const auto ptr = [](BtfForge& f) { return f.ptr(0); };
  const auto base = key(member("s", "a", 32, i4), K::field_byte_offset, "0:1");
  CHECK(base == key(member("s", "a", 64, u8), K::field_byte_offset, "0:1"));
  CHECK(base == key(member("s___flavor", "a", 64, i4), K::field_byte_offset, "0:1"));
  CHECK(base != key(member("s", "a", 32, i4), K::field_exists, "0:1"));
  CHECK(base != key(member("s", "a", 32, i4), K::field_byte_offset, "1:1"));
  CHECK(base != key(member("s", "b", 32, i4), K::field_byte_offset, "0:1"));
  CHECK(base != key(member("t", "a", 32, i4), K::field_byte_offset, "0:1"));
  CHECK(base != key(member("s", "a", 32, ptr), K::field_byte_offset, "0:1"));

  const auto foo = [&](std::uint32_t bytes) {
    return [=](BtfForge& f) { return f.structure("s", 8, {{"a", f.integer("int", bytes, 1), 0}}); };
  };
  CHECK(key(foo(4), K::type_exists, "0") == key(foo(8), K::type_exists, "0"));
  CHECK(key(foo(4), K::type_matches, "0") != key(foo(8), K::type_matches, "0"));
}

}  // namespace minbtf::test
