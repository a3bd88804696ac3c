// SPDX-License-Identifier: BSD-2-Clause
// Fields and enumerators of one candidate. The rules are those of libbpf's bpf_core_spec_match().
#include "core/spec_match.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

/// struct s { int a; } with a record for `a`.
std::uint32_t local_a(BtfForge& f) {
  const auto i = f.integer("int", 4, 1);
  return f.structure("s", 4, {{"a", i, 0}});
}

}  // namespace

TEST_CASE("spec_match: a field is found by name, at any offset", "[spec_match]") {
  check({.name = "moved",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               f.structure("s", 16, {{"b", i, 0}, {"a", i, 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4},
                  {.kind = K::field_byte_size, .access = "0:0"},
                  {.kind = K::field_exists, .access = "0:0"},
                  {.kind = K::field_signed, .access = "0:0"},
                  {.kind = K::field_lshift_u64, .access = "0:0"},
                  {.kind = K::field_rshift_u64, .access = "0:0"}},
         .expected = "8 load 4; 4; 1; 1; 32; 32"});
  check({.name = "gone",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               f.structure("s", 16, {{"b", i, 0}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4},
                  {.kind = K::field_byte_size, .access = "0:0"},
                  {.kind = K::field_exists, .access = "0:0"},
                  {.kind = K::field_signed, .access = "0:0"},
                  {.kind = K::field_lshift_u64, .access = "0:0"},
                  {.kind = K::field_rshift_u64, .access = "0:0"}},
         .expected = "poison; poison; 0; poison; poison; poison"});
  check({.name = "no such type",
         .local = local_a,
         .target = [](BtfForge& f) { f.integer("int", 4, 1); },
         .asks = {{.kind = K::field_exists, .access = "0:0"}, {.kind = K::field_byte_offset, .access = "0:0"}},
         .expected = "0; poison"});
  check({.name = "a struct is no union",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               f.union_("s", 4, {{"a", f.integer("int", 4, 1), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "0"});
}

TEST_CASE("spec_match: member names are compared with flavors, type names without flavors", "[spec_match]") {
  check({.name = "flavored member",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a___old", f.integer("int", 4, 1), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "0"});
  check({.name = "flavored type, on the target side",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               f.structure("s___2", 4, {{"a", f.integer("int", 4, 1), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "1"});
  check({.name = "flavored type, on the local side",
         .local =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               return f.structure("s___mine", 4, {{"a", i, 0}});
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a", f.integer("int", 4, 1), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "1"});
}

TEST_CASE("spec_match: anonymous structs and unions are searched", "[spec_match]") {
  check({.name = "deeper in the target",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               const auto u = f.union_("", 8, {{"b", i, 0}, {"a", i, 0}});
               const auto inner = f.structure("", 16, {{"c", i, 0}, {"", u, 32}});
               f.structure("s", 24, {{"x", i, 0}, {"", inner, 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4}},
         .expected = "12 load 4"});
  check({.name = "deeper in the object",
         .local =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               const auto u = f.union_("", 4, {{"a", i, 0}});
               return f.structure("s", 8, {{"x", i, 0}, {"", u, 32}});
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 64, {{"a", f.integer("int", 4, 1), 256}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:1:0", .load = 4}},
         .expected = "32 load 4"});
  check({.name = "behind a type tag and a qualifier",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               const auto inner = f.structure("", 8, {{"a", i, 32}});
               f.structure("s", 16, {{"", f.const_(f.type_tag("percpu", inner)), 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4}},
         .expected = "12 load 4"});
}

TEST_CASE("spec_match: a member of the right name and the wrong type hides others, and its offset is not subtracted",
          "[spec_match]") {
  const auto hidden_then = [](bool with_second) {
    return [with_second](BtfForge& f) {
      const auto i = f.integer("int", 4, 1);
      const auto p = f.ptr(0);
      const auto first = f.structure("", 8, {{"pad", i, 0}, {"a", p, 32}});
      std::vector<ForgedMember> members = {{"", first, 0}};
      if (with_second) members.push_back({"a", i, 256});
      f.structure("s", 64, members);
    };
  };
  check({.name = "nothing else",
         .local = local_a,
         .target = hidden_then(false),
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "0"});
  // bpf_core_match_member() returns without undoing its step into `first`: the offset is 4 bytes too large.
  check({.name = "another one behind it",
         .local = local_a,
         .target = hidden_then(true),
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4}},
         .expected = "36 load 4"});
}

TEST_CASE("spec_match: an element beyond its array is missing, unless the array is flexible", "[spec_match]") {
  const auto local = [](BtfForge& f) {
    const auto i = f.integer("int", 4, 1);
    return f.structure("s", 32, {{"a", f.array(i, i, 8), 0}});
  };
  const auto target = [](std::uint32_t elements, bool last) {
    return [=](BtfForge& f) {
      const auto i = f.integer("int", 4, 1);
      std::vector<ForgedMember> members = {{"x", i, 0}, {"a", f.array(i, i, elements), 32}};
      if (!last) members.push_back({"z", i, 512});
      f.structure("s", 128, members);
    };
  };
  check({.name = "within",
         .local = local,
         .target = target(8, true),
         .asks = {{.kind = K::field_byte_offset, .access = "0:0:5", .load = 4}},
         .expected = "24 load 4"});
  check({.name = "beyond",
         .local = local,
         .target = target(5, true),
         .asks = {{.kind = K::field_exists, .access = "0:0:5"}, {.kind = K::field_exists, .access = "0:0:4"}},
         .expected = "0; 1"});
  check({.name = "flexible as the last member",
         .local = local,
         .target = target(0, true),
         .asks = {{.kind = K::field_byte_offset, .access = "0:0:5", .load = 4}},
         .expected = "24 load 4"});
  // A relocation of the array itself keeps it, so the member behind it must be kept as well.
  check({.name = "not flexible before another member",
         .local = local,
         .target = target(0, false),
         .asks = {{.kind = K::field_exists, .access = "0:0"}, {.kind = K::field_exists, .access = "0:0:5"}},
         .expected = "1; 0"});
  check({.name = "an array where there is none",
         .local = local,
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a", f.integer("int", 4, 1), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0:1"}, {.kind = K::field_exists, .access = "0:0"}},
         .expected = "0; 0"});
  check({.name = "the root itself is indexed by the target's size",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               f.structure("s", 24, {{"a", f.integer("int", 4, 1), 32}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "2:0"}},
         .expected = "52"});
  check({.name = "elements of elements",
         .local =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               return f.structure("s", 64, {{"a", f.array(f.array(i, i, 4), i, 4), 0}});
             },
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               f.structure("s", 256, {{"a", f.array(f.array(i, i, 8), i, 8), 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0:2:3", .load = 4}},
         .expected = "84 load 4"});
  check({.name = "members of elements",
         .local =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               const auto e = f.structure("e", 8, {{"x", i, 0}, {"y", i, 32}});
               return f.structure("s", 64, {{"a", f.array(e, i, 8), 0}});
             },
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               const auto e = f.structure("other_name", 12, {{"y", i, 64}, {"x", i, 0}});
               f.structure("s", 96, {{"a", f.array(f.typedef_("e_t", e), i, 8), 0}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0:3:1", .load = 4}},
         .expected = "44 load 4"});
}

TEST_CASE("spec_match: an access has at most 64 steps", "[spec_match]") {
  const auto nested = [](int levels) {
    return [levels](BtfForge& f) {
      const auto i = f.integer("int", 4, 1);
      auto inner = f.structure("", 4, {{"a", i, 0}});
      for (int n = 0; n < levels; ++n) inner = f.structure("", 4, {{"", inner, 0}});
      f.structure("s", 4, {{"", inner, 0}});
    };
  };
  // The root and `a` take two steps, and the level that holds `a` one.
  check({.name = "just enough",
         .local = local_a,
         .target = nested(61),
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "1"});
  check({.name = "one too many",
         .local = local_a,
         .target = nested(62),
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "failed: over 64 nested accesses, or an array too large"});
}

TEST_CASE("spec_match: enumerators are found by essential name", "[spec_match]") {
  const auto local = [](BtfForge& f) { return f.enumeration("e", 4, {{"A", 1}, {"B___mine", 2}}); };
  check({.name = "value and existence",
         .local = local,
         .target =
             [](BtfForge& f) {
               f.enumeration("e", 4, {{"Z", 0}, {"B", 7}, {"A___x", 9}, {"A", 10}});
             },
         .asks = {{.kind = K::enumval_value, .access = "0"},
                  {.kind = K::enumval_value, .access = "1"},
                  {.kind = K::enumval_exists, .access = "1"}},
         .expected = "9; 7; 1"});
  check({.name = "gone",
         .local = local,
         .target =
             [](BtfForge& f) {
               f.enumeration("e", 4, {{"B", 7}});
             },
         .asks = {{.kind = K::enumval_value, .access = "0"}, {.kind = K::enumval_exists, .access = "0"}},
         .expected = "poison; 0"});
  check({.name = "32-bit values are sign-extended",
         .local = local,
         .target =
             [](BtfForge& f) {
               f.enumeration("e", 4, {{"A", -5}}, true);
             },
         .asks = {{.kind = K::enumval_value, .access = "0"}},
         .expected = "-5"});
  check({.name = "enum and enum64 are one kind",
         .local = local,
         .target =
             [](BtfForge& f) {
               f.enumeration64("e", 8, {{"A", 0x123456789abcLL}});
             },
         .asks = {{.kind = K::enumval_value, .access = "0"}},
         .expected = "20015998343868"});
  check({.name = "through a typedef of the same name",
         .local =
             [](BtfForge& f) {
               const auto e = f.enumeration("", 4, {{"A", 1}});
               return f.typedef_("e_t", e);
             },
         .target =
             [](BtfForge& f) {
               const auto e = f.enumeration("", 4, {{"X", 1}, {"A", 3}});
               f.typedef_("e_t", f.const_(e));
             },
         .asks = {{.kind = K::enumval_value, .access = "0"}},
         .expected = "3"});
  check({.name = "a typedef of something else",
         .local =
             [](BtfForge& f) {
               return f.typedef_("e_t", f.enumeration("", 4, {{"A", 1}}));
             },
         .target = [](BtfForge& f) { f.typedef_("e_t", f.integer("int", 4, 1)); },
         .asks = {{.kind = K::enumval_exists, .access = "0"}},
         .expected = "0"});
}

TEST_CASE("spec_match: a field is found in a big-endian kernel", "[spec_match]") {
  check({.name = "big-endian kernel",
         .local = local_a,
         .target =
             [](BtfForge& f) {
               const auto i = f.integer("int", 4, 1);
               f.structure("s", 16, {{"b", i, 0}, {"a", i, 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4},
                  {.kind = K::field_byte_size, .access = "0:0"}},
         .expected = "8 load 4; 4",
         .target_order = ByteOrder::big});
  check(
      {.name = "big-endian object and kernel",
       .local = local_a,
       .target =
           [](BtfForge& f) {
             const auto i = f.integer("int", 4, 1);
             f.structure("s", 16, {{"b", i, 0}, {"a", i, 64}});
           },
       .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4}, {.kind = K::field_exists, .access = "0:0"}},
       .expected = "8 load 4; 1",
       .oracle = Oracle::no,
       .object_order = ByteOrder::big,
       .target_order = ByteOrder::big});
}

}  // namespace minbtf::test
