// SPDX-License-Identifier: BSD-2-Clause
// Sizes, signs and bitfields. The rules are those of libbpf's bpf_core_calc_field_relo().
#include "core/field_value.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

const std::vector<Ask> everything = {
    {.kind = K::field_byte_offset, .access = "0:0"}, {.kind = K::field_byte_size, .access = "0:0"},
    {.kind = K::field_signed, .access = "0:0"},      {.kind = K::field_lshift_u64, .access = "0:0"},
    {.kind = K::field_rshift_u64, .access = "0:0"},  {.kind = K::field_exists, .access = "0:0"}};

std::uint32_t local_bits(BtfForge& f) {
  const auto u = f.integer("unsigned int", 4);
  return f.structure("s", 4, {{"a", u, 0, 3}});
}

/// struct s with a bitfield `a` of `bits` bits at `offset`, declared as an integer of `bytes` bytes.
auto target_bits(std::uint32_t bytes, std::uint32_t offset, std::uint32_t bits, std::uint32_t encoding = 0) {
  return [=](BtfForge& f) {
    const auto t = f.integer("t", bytes, encoding);
    f.structure("s", 64, {{"a", t, offset, bits}});
  };
}

}  // namespace

TEST_CASE("field_value: a bitfield of a little-endian kernel has offset, size, sign and shifts", "[field_value]") {
  check({.name = "within a word",
         .local = local_bits,
         .target = target_bits(4, 37, 5),
         .asks = everything,
         .expected = "4; 4; 0; 54; 59; 1"});
  check({.name = "signed",
         .local = local_bits,
         .target = target_bits(4, 0, 3, 1),
         .asks = everything,
         .expected = "0; 4; 1; 61; 61; 1"});
  check({.name = "across a word: the load doubles",
         .local = local_bits,
         .target = target_bits(4, 30, 5),
         .asks = everything,
         .expected = "0; 8; 0; 29; 59; 1"});
  check({.name = "across eight bytes: there is no such load",
         .local = local_bits,
         .target = target_bits(8, 60, 8),
         .asks = everything,
         .expected =
             "failed: no load of up to 8 bytes covers the bitfield; failed: no load of up to 8 bytes covers the "
             "bitfield; failed: no load of up to 8 bytes covers the bitfield; failed: no load of up to 8 bytes "
             "covers the bitfield; failed: no load of up to 8 bytes covers the bitfield; 1"});
}

TEST_CASE("field_value: bitfield shifts follow the target's byte order", "[field_value]") {
  // libbpf on a big-endian machine: (8 - byte_sz) * 8 + (bit_off - byte_off * 8).
  check({.name = "within a word",
         .local = local_bits,
         .target = target_bits(4, 37, 5),
         .asks = everything,
         .expected = "4; 4; 0; 37; 59; 1",
         .oracle = Oracle::no,
         .target_order = ByteOrder::big});
  check({.name = "across a word",
         .local = local_bits,
         .target = target_bits(4, 30, 5),
         .asks = everything,
         .expected = "0; 8; 0; 30; 59; 1",
         .oracle = Oracle::no,
         .target_order = ByteOrder::big});
  check({.name = "a whole field",
         .local = local_bits,
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", f.integer("u16", 2), 16}});
             },
         .asks = everything,
         .expected = "2; 2; 0; 48; 48; 1",
         .oracle = Oracle::no,
         .target_order = ByteOrder::big});
}

TEST_CASE("field_value: a bitfield may become a field, and a load of a field that became a bitfield is poisoned",
          "[field_value]") {
  check({.name = "field now",
         .local = local_bits,
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", f.integer("u16", 2), 16}});
             },
         .asks = everything,
         .expected = "2; 2; 0; 48; 48; 1"});
  check({.name = "bitfield now: a plain load is poisoned",
         .local =
             [](BtfForge& f) {
               return f.structure("s", 4, {{"a", f.integer("unsigned int", 4), 0}});
             },
         .target = target_bits(4, 32, 7),
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4},
                  {.kind = K::field_byte_offset, .access = "0:0"}},
         .expected = "poison; 4"});
  check({.name = "old-style bitfields, in the INT, are no fields to read",
         .local =
             [](BtfForge& f) {
               return f.structure("s", 4, {{"a", f.integer("unsigned int", 4), 0}});
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a", f.integer("unsigned int", 4, 0, 3, 5), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = "0"});
}

TEST_CASE("field_value: the sign is that of the kernel's enum or INT, and a pointer has none", "[field_value]") {
  const auto local_enum = [](BtfForge& f) {
    return f.structure("s", 4, {{"a", f.enumeration("e", 4, {{"A", 1}}), 0}});
  };
  check({.name = "unsigned enum",
         .local = local_enum,
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a", f.enumeration("e", 4, {{"A", 1}}), 0}});
             },
         .asks = {{.kind = K::field_signed, .access = "0:0"}},
         .expected = "0"});
  check({.name = "signed enum",
         .local = local_enum,
         .target =
             [](BtfForge& f) {
               f.structure("s", 4, {{"a", f.enumeration("e", 4, {{"A", -1}}, true), 0}});
             },
         .asks = {{.kind = K::field_signed, .access = "0:0"}},
         .expected = "1"});
  check({.name = "signed enum64",
         .local = local_enum,
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", f.enumeration64("e", 8, {{"A", -1}}, true), 0}});
             },
         .asks = {{.kind = K::field_signed, .access = "0:0"}},
         .expected = "1"});
  // libbpf before 1.3 read the word after the pointer, the name of the next type, as an encoding.
  check({.name = "a pointer has none",
         .local =
             [](BtfForge& f) {
               return f.structure("s", 8, {{"a", f.ptr(0), 0}});
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", f.ptr(0), 0}});
             },
         .asks = {{.kind = K::field_signed, .access = "0:0"}},
         .expected = "0"});
  check({.name = "a signed char counts as signed",
         .local = local_bits,
         .target = target_bits(1, 0, 3, 3),
         .asks = {{.kind = K::field_signed, .access = "0:0"}},
         .expected = "1"});
}

TEST_CASE("field_value: the load size of an array is that of its element", "[field_value]") {
  const auto local = [](BtfForge& f) {
    const auto u = f.integer("unsigned int", 4);
    return f.structure("s", 16, {{"a", f.array(u, u, 4), 0}});
  };
  // A load of the first element, recorded as an access to the array. libbpf 1.1 compares the arrays, and poisons.
  check({.name = "a longer array",
         .local = local,
         .target =
             [](BtfForge& f) {
               const auto u = f.integer("unsigned int", 4);
               f.structure("s", 64, {{"a", f.array(u, u, 8), 64}});
             },
         .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4},
                  {.kind = K::field_byte_size, .access = "0:0"}},
         .expected = "8 load 4; 32"});
  check({.name = "an array has no sign and its elements no shift",
         .local = local,
         .target = local,
         .asks = {{.kind = K::field_signed, .access = "0:0:1"},
                  {.kind = K::field_lshift_u64, .access = "0:0:1"},
                  {.kind = K::field_rshift_u64, .access = "0:0:1"},
                  {.kind = K::field_byte_size, .access = "0:0:1"},
                  {.kind = K::field_signed, .access = "0:0"}},
         .expected =
             "failed: not possible for an array element; failed: not possible for an array element; failed: not "
             "possible for an array element; 4; 0"});
}

TEST_CASE("field_value: pointers have the size of the kernel's `long`", "[field_value]") {
  const auto local = [](BtfForge& f) { return f.structure("s", 8, {{"a", f.ptr(0), 0}}); };
  const auto target = [](std::vector<std::pair<std::string, std::uint32_t>> ints) {
    return [ints](BtfForge& f) {
      for (const auto& [name, bytes] : ints) f.integer(name, bytes);
      f.structure("s", 64, {{"a", f.ptr(0), 64}});
    };
  };
  const std::vector<Ask> asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 8},
                                 {.kind = K::field_byte_size, .access = "0:0"}};
  check({.name = "64 bits",
         .local = local,
         .target = target({{"long int", 8}}),
         .asks = asks,
         .expected = "8 load 8; 8"});
  check({.name = "32 bits",
         .local = local,
         .target = target({{"long unsigned int", 4}}),
         .asks = asks,
         .expected = "8 load 4; 4"});
  check({.name = "any spelling",
         .local = local,
         .target = target({{"int unsigned long", 4}}),
         .asks = asks,
         .expected = "8 load 4; 4"});
  check({.name = "the first one counts",
         .local = local,
         .target = target({{"long unsigned int", 4}, {"long int", 8}}),
         .asks = asks,
         .expected = "8 load 4; 4"});
  check({.name = "a long of another size tells nothing",
         .local = local,
         .target = target({{"long int", 16}, {"long unsigned int", 4}}),
         .asks = asks,
         .expected = "8 load 4; 4"});
  check({.name = "without one a loader assumes its own",
         .local = local,
         .target = target({{"int", 4}}),
         .asks = asks,
         .expected = "8 load 8; 8"});
}

}  // namespace minbtf::test
