// SPDX-License-Identifier: BSD-2-Clause
// BTF that was never deduplicated: the BTF of one compilation unit after the other, each with types of its own.
#include <catch2/catch.hpp>

#include "support/core_case.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = RelocationKind;

/// What differs between the units.
struct Unit {
  std::uint32_t offset = 0;  ///< of inner.x, in bits
  bool is_forward = false;   ///< the unit has only a declaration of `struct far`
  bool has_copies = false;   ///< two unions without a name that are equal
};

/// Adds a unit: struct far; struct inner { int x; }; struct outer { inner_t v; union { int a; } u; struct far *p; };
void add_unit(BtfForge& f, const Unit& unit) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.integer("long", 8, 1);
  const std::uint32_t far = unit.is_forward ? f.fwd("far") : f.structure("far", 8 + unit.offset / 8, {{"y", int_, 0}});
  const std::uint32_t inner = f.typedef_("inner_t", f.structure("inner", 16, {{"x", int_, unit.offset}}));
  const std::uint32_t first = f.union_("", 8, {{"a", int_, 0}, {"b", int_, 32}});
  const std::uint32_t second = unit.has_copies ? f.union_("", 8, {{"a", int_, 0}, {"b", int_, 32}}) : first;
  f.structure("outer", 48, {{"v", inner, 0}, {"u", first, 128}, {"w", second, 192}, {"p", f.ptr(far), 256}});
}

Bytes kernel_of(const std::vector<Unit>& units, ByteOrder order = ByteOrder::little) {
  BtfForge f(order);
  for (const Unit& unit : units) add_unit(f, unit);
  return f.bytes();
}

std::uint32_t local_outer(BtfForge& f) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  const std::uint32_t inner = f.typedef_("inner_t", f.structure("inner", 16, {{"x", int_, 0}}));
  const std::uint32_t u = f.union_("", 8, {{"a", int_, 0}, {"b", int_, 32}});
  const std::uint32_t far = f.structure("far", 8, {{"y", int_, 0}});
  return f.structure("outer", 48, {{"v", inner, 0}, {"u", u, 128}, {"w", u, 192}, {"p", f.ptr(far), 256}});
}

Plan plan_for(const std::vector<Ask>& asks) {
  const Built built =
      build({.name = "plan", .local = local_outer, .target = [](BtfForge&) {}, .asks = asks, .expected = ""});
  return Plan({BpfObject::parse(built.object, "object")});
}

const std::vector<std::vector<Ask>> questions = {
    {{.kind = Kind::field_byte_offset, .access = "0:0:0"}},
    {{.kind = Kind::field_byte_offset, .access = "0:1:0"}, {.kind = Kind::field_byte_offset, .access = "0:2:1"}},
    {{.kind = Kind::type_matches}},
    {{.kind = Kind::type_id_target}, {.kind = Kind::field_byte_offset, .access = "0:0:0"}},
    {{.kind = Kind::type_exists}, {.kind = Kind::field_exists, .access = "0:3"}}};

/// Returns the number of notes of all entries.
std::size_t notes_of(const PackedKernels& kernels, std::size_t kernel) {
  const auto types = kernels.pack().types(kernels.number(kernel));
  std::size_t notes = 0;
  for (std::uint32_t key = 0; key < types->key_end(); ++key) {
    for (const pack::Entry& entry : types->list(key).entries) notes += entry.notes.size();
  }
  return notes;
}

}  // namespace

TEST_CASE("groups: the results of three units, equal and different, are those of the whole BTF") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const std::vector<std::vector<Unit>> cases = {{{}, {}, {}},
                                                {{}, {.offset = 32}, {}},
                                                {{.offset = 32}, {}, {}},
                                                {{.is_forward = true}, {}, {.is_forward = true}},
                                                {{}, {.is_forward = true}, {.offset = 64}},
                                                {{.has_copies = true}, {}, {.has_copies = true}},
                                                {{.has_copies = true}},
                                                {{}}};
  std::vector<Bytes> all;
  for (const auto& units : cases) all.push_back(kernel_of(units, order));
  const PackedKernels kernels(all);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CHECK(kernels.verbatim_reason(i) == "");
    CHECK(kernels.facts(i).has_groups == (cases[i].size() == 3));
    for (const std::vector<Ask>& asks : questions) {
      INFO("kernel " << i << ", " << to_string(asks[0].kind));
      CHECK(wrong_with_stand_in(plan_for(asks), kernels, i, {all[(i + 1) % all.size()]}) == "");
    }
  }
}

TEST_CASE("groups: references within a unit need no notes") {
  const PackedKernels kernels(
      {kernel_of({{}, {}, {}}), kernel_of({{}, {.offset = 32}, {.offset = 64}}), kernel_of(std::vector<Unit>(50))});
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    CHECK(kernels.facts(i).has_groups);
    CHECK(notes_of(kernels, i) == 0);
  }
}

TEST_CASE("groups: copies of a type without a name stay apart, because other members are read of each") {
  const PackedKernels kernels({kernel_of({{.has_copies = true}}), kernel_of({{}})});
  const Plan plan = plan_for(
      {{.kind = Kind::field_byte_offset, .access = "0:1:0"}, {.kind = Kind::field_byte_offset, .access = "0:2:1"}});
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  CHECK(notes_of(kernels, 0) == 1);
  CHECK(notes_of(kernels, 1) == 0);
  // A stand-in with one type for both copies gives other bytes.
  const auto reduced = [&](std::size_t i) { return plan.minimize(Btf::parse(kernels.whole(i), "kernel")).bytes; };
  CHECK(reduced(0) != reduced(1));
}

TEST_CASE("groups: copies that are reached in another order than that of their ids are kept as types") {
  // The second copy is reached first, and a copy that nothing refers to comes before both.
  const auto kernel = [](bool swapped) {
    BtfForge f;
    const std::uint32_t int_ = f.integer("int", 4, 1);
    const auto copy = [&] { return f.union_("", 8, {{"a", int_, 0}, {"b", int_, 32}}); };
    copy();
    const std::uint32_t one = copy();
    const std::uint32_t two = copy();
    f.structure("outer", 48, {{"u", swapped ? two : one, 128}, {"w", swapped ? one : two, 192}});
    f.structure("other", 8, {{"u", swapped ? one : two, 0}});
    return f.bytes();
  };
  const PackedKernels kernels({kernel(false), kernel(true)});
  CHECK(kernels.verbatim_count() == 0);
  CHECK(kernels.exported(0) == kernels.exported(1));
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    for (const std::vector<Ask>& asks : questions) CHECK(wrong_with_stand_in(plan_for(asks), kernels, i) == "");
  }
}

}  // namespace minbtf::test
