// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/answers.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/random_case.hpp"

namespace minbtf::test {

namespace {

using Kind = RelocationKind;
using Forge = std::function<void(BtfForge&)>;

/// Two BTFs, and whether libbpf can tell them apart with the relocations.
struct Pair {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;
  std::vector<Ask> asks;
  Forge one;
  Forge other;
  bool is_equal;
  ByteOrder other_order = ByteOrder::little;
};

void check(const Pair& row) {
  INFO(row.name);
  const Built built =
      build({.name = row.name, .local = row.local, .target = row.one, .asks = row.asks, .expected = {}});
  BtfForge other(row.other_order);
  row.other(other);
  const Plan plan({BpfObject::parse(built.object, "object")});
  const Btf first = Btf::parse(built.target, "one");
  const Btf second = Btf::parse(other.bytes(), "other");
  CHECK((plan.answers(first).all == plan.answers(second).all) == row.is_equal);
  CHECK((plan.answers(first) == plan.answers(first)));
  if (!row.is_equal) return;
  CHECK((plan.answers(first).results == plan.answers(second).results));
  CHECK(plan.compare(first, second).holds());
  CHECK(plan.compare(second, first).holds());
}

std::uint32_t pair_of_ints(BtfForge& f) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
}

/// A struct for each list of members: name and offset in bytes. All have the name `s`, with a flavor from the second
/// on.
Forge structs(std::vector<std::vector<std::pair<std::string, std::uint32_t>>> lists, std::uint32_t bytes = 64) {
  return [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::string flavor;
    for (const auto& list : lists) {
      std::vector<ForgedMember> members;
      for (const auto& [name, offset] : list) members.push_back({name, int_, offset * 8});
      f.structure("s" + flavor, bytes, members);
      flavor += "___x";
    }
  };
}

/// `struct s` with the member `b` at offset 4.
Forge b_of(const std::string& type, std::uint32_t bytes, std::uint32_t encoding) {
  return [=](BtfForge& f) { f.structure("s", 64, {{"b", f.integer(type, bytes, encoding), 32}}); };
}

std::uint32_t pair_of_unsigned(BtfForge& f) {
  const std::uint32_t int_ = f.integer("unsigned int", 4);
  return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
}

std::uint32_t pointer_holder(BtfForge& f) { return f.structure("s", 8, {{"p", f.ptr(f.fwd("task")), 0}}); }

Forge pointer_with(std::vector<std::pair<std::string, std::uint32_t>> integers) {
  return [=](BtfForge& f) {
    for (const auto& [name, bytes] : integers) f.integer(name, bytes, 1);
    f.structure("s", 8, {{"p", f.ptr(0), 0}});
  };
}

const Ask offset_of_b = {.kind = Kind::field_byte_offset, .access = "0:1"};
const Ask load_of_b = {.kind = Kind::field_byte_offset, .access = "0:1", .load = 4};
const Ask b_exists = {.kind = Kind::field_exists, .access = "0:1"};
const Ask size_of_s = {.kind = Kind::type_size, .access = "0"};

}  // namespace

TEST_CASE("answers: what no relocation reads is not in the key") {
  const Pair rows[] = {
      {"a size", pair_of_ints, {offset_of_b, load_of_b}, structs({{{"b", 4}}}, 8), structs({{{"b", 4}}}, 64), true},
      {"another member", pair_of_ints, {offset_of_b}, structs({{{"b", 4}}}), structs({{{"b", 4}, {"c", 8}}}), true},
      {"type ids",
       pair_of_ints,
       {offset_of_b, {.kind = Kind::type_id_target}},
       structs({{{"b", 4}}}),
       [](BtfForge& f) {
         f.integer("long", 8, 1);
         structs({{{"b", 4}}})(f);
       },
       true},
      {"the offset of a field that only has to exist",
       pair_of_ints,
       {b_exists},
       structs({{{"b", 4}}}),
       structs({{{"b", 8}}}),
       true},
      {"the size of a field that no load reads",
       pair_of_ints,
       {offset_of_b},
       b_of("int", 4, 1),
       b_of("u16", 2, 0),
       true},
      {"the sign of a field that is loaded with its size",
       pair_of_ints,
       {load_of_b},
       b_of("int", 4, 1),
       b_of("u32", 4, 0),
       true},
      {"two sizes with which a load is poisoned",
       pair_of_ints,
       {load_of_b},
       b_of("s16", 2, 1),
       b_of("s64", 8, 1),
       true},
      {"a flavor", pair_of_ints, {offset_of_b}, structs({{{"b", 4}}}), structs({{}, {{"b", 4}}}), true},
  };
  for (const Pair& row : rows) check(row);
}

TEST_CASE("answers: each value, poison and failure is in the key") {
  const Forge b_at_4 = structs({{{"b", 4}}});
  const Pair rows[] = {
      {"another offset", pair_of_ints, {offset_of_b}, b_at_4, structs({{{"b", 8}}}), false},
      {"another size", pair_of_ints, {size_of_s}, structs({{}}, 8), structs({{}}, 64), false},
      {"poison", pair_of_ints, {offset_of_b}, b_at_4, structs({{{"a", 4}}}), false},
      {"no type", pair_of_ints, {b_exists}, b_at_4, [](BtfForge& f) { f.integer("int", 4, 1); }, false},
      {"another flavor of the type that an id names",
       pair_of_ints,
       {{.kind = Kind::type_id_target}},
       b_at_4,
       structs({{}, {{"b", 4}}}),
       false},
      {"another load size", pair_of_ints, {load_of_b}, b_at_4, b_of("u16", 2, 0), false},
      {"a load that is adjusted", pair_of_unsigned, {load_of_b}, b_of("u16", 2, 0), b_of("u32", 4, 0), false},
      {"two sizes with which a load is adjusted",
       pair_of_unsigned,
       {load_of_b},
       b_of("u16", 2, 0),
       b_of("u8", 1, 0),
       false},
      {"another byte order", pair_of_ints, {offset_of_b}, b_at_4, b_at_4, false, ByteOrder::big},
  };
  for (const Pair& row : rows) check(row);
}

TEST_CASE("answers: candidates count as far as they take part, in their order") {
  const std::vector<Ask> both = {{.kind = Kind::field_byte_offset, .access = "0:0"}, offset_of_b};
  const Pair rows[] = {
      {"one more with the same offset",
       pair_of_ints,
       {offset_of_b},
       structs({{{"b", 4}}}),
       structs({{{"b", 4}}, {{"b", 4}}}),
       true},
      {"one more without the field",
       pair_of_ints,
       {offset_of_b},
       structs({{{"b", 4}}}),
       structs({{{"b", 4}}, {{"x", 4}}}),
       true},
      {"one more with another offset",
       pair_of_ints,
       {offset_of_b},
       structs({{{"b", 4}}}),
       structs({{{"b", 4}}, {{"b", 8}}}),
       false},
      {"one more that has the field elsewhere",
       pair_of_ints,
       {b_exists},
       structs({{{"b", 4}}}),
       structs({{{"b", 4}}, {{"b", 8}}}),
       false},
      {"two offsets of a field that only has to exist",
       pair_of_ints,
       {b_exists},
       structs({{{"b", 4}}, {{"b", 8}}}),
       structs({{{"b", 16}}, {{"b", 12}}}),
       true},
      {"another order", pair_of_ints, both, structs({{{"a", 8}, {"b", 4}}, {{"a", 8}, {"b", 12}}}),
       structs({{{"a", 8}, {"b", 12}}, {{"a", 8}, {"b", 4}}}), false},
  };
  for (const Pair& row : rows) check(row);
}

TEST_CASE("answers: BTFs that only compare() finds alike have equal results") {
  const std::vector<Ask> both = {{.kind = Kind::field_byte_offset, .access = "0:0"}, offset_of_b};
  struct Row {
    std::string name;
    std::vector<Ask> asks;
    Forge one;
    Forge other;
  };
  const Row rows[] = {
      {"two offsets that are always ambiguous",
       {offset_of_b},
       structs({{{"b", 4}}, {{"b", 8}}}),
       structs({{{"b", 4}}, {{"b", 12}}})},
      {"a candidate that the first relocation of each program removes", both, structs({{{"a", 4}, {"b", 8}}}),
       structs({{{"a", 4}, {"b", 8}}, {{"b", 12}}})},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Built built =
        build({.name = row.name, .local = pair_of_ints, .target = row.one, .asks = row.asks, .expected = {}});
    BtfForge forge;
    row.other(forge);
    const Plan plan({BpfObject::parse(built.object, "object")});
    const Btf one = Btf::parse(built.target, "one");
    const Btf other = Btf::parse(forge.bytes(), "other");
    CHECK((plan.answers(one).all != plan.answers(other).all));
    CHECK((plan.answers(one).results == plan.answers(other).results));
    CHECK(plan.compare(one, other).holds());
    CHECK(plan.compare(other, one).holds());
  }
}

TEST_CASE("answers: the pointer size is in the key if a relocation reads it, for every loader") {
  const Ask size = {.kind = Kind::field_byte_size, .access = "0:0"};
  const Pair rows[] = {
      {"read", pointer_holder, {size}, pointer_with({{"long", 8}}), pointer_with({{"long", 4}}), false},
      {"of a 32-bit loader", pointer_holder, {size}, pointer_with({{"long", 8}}), pointer_with({}), false},
      {"of libbpf before 1.0",
       pointer_holder,
       {size},
       pointer_with({{"long int", 8}}),
       pointer_with({{"long", 8}}),
       false},
      {"not read",
       pointer_holder,
       {{.kind = Kind::field_exists, .access = "0:0"}},
       pointer_with({}),
       pointer_with({}),
       true},
  };
  for (const Pair& row : rows) check(row);
}

TEST_CASE("answers: a kernel and its reduced BTF have one key") {
  const Plan plan({BpfObject::parse(sample_object(), "object")});
  for (const std::vector<std::uint8_t>& bytes : {sample_kernel(), other_sample_kernel()}) {
    const Btf kernel = Btf::parse(bytes, "kernel");
    CHECK((plan.answers(kernel) == plan.answers(Btf::parse(plan.minimize(kernel).bytes, "reduced"))));
  }
  CHECK((plan.answers(Btf::parse(sample_kernel(), "kernel")) !=
         plan.answers(Btf::parse(other_sample_kernel(), "kernel"))));
}

TEST_CASE("answers: if the keys are equal, compare() finds no difference") {
  constexpr std::uint64_t cases = 300;
  constexpr std::uint64_t kernels = 6;
  std::size_t shared = 0;
  for (std::uint64_t seed = 1; seed <= cases; ++seed) {
    const Plan plan({BpfObject::parse(random_case(seed).object, "object")});
    std::vector<Btf> reduced;
    std::vector<std::string> keys;
    std::vector<std::vector<std::uint8_t>> contents;
    for (std::uint64_t number = 0; number < kernels; ++number) {
      contents.push_back(plan.minimize(Btf::parse(other_kernel(seed, number), "kernel")).bytes);
      reduced.push_back(Btf::parse(contents.back(), "reduced"));
      keys.push_back(plan.answers(reduced.back()).all);
    }
    for (std::size_t i = 0; i < kernels; ++i) {
      for (std::size_t j = 0; j < kernels; ++j) {
        if (contents[i] == contents[j] || keys[i] != keys[j]) continue;
        ++shared;
        INFO("seed " << seed << ", kernels " << i << " and " << j);
        CHECK(plan.compare(reduced[i], reduced[j]).holds());
      }
    }
  }
  CHECK(shared > cases / 10);
}

}  // namespace minbtf::test
