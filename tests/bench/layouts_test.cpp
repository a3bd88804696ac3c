// SPDX-License-Identifier: BSD-2-Clause
// The layouts of evolved kernels (bench/evolution), compared with those that this compiler gives the same structs.
#include "evolution/layouts.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evolution/evolving_kernel.hpp"
#include "inputs/kernel_forge.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

using bench::Element;
using bench::EvolvingKernel;
using bench::Handle;
using bench::Layouts;
using btf::View;

template <typename Inner>
struct OuterOf {
  std::uint8_t first;
  Inner one;
  std::uint64_t wide;
  Inner many[3];
  std::uint8_t last;
};
template <typename Inner>
struct LinesOf {
  std::uint32_t a;
  alignas(64) std::uint32_t b;
  Inner inner;
};
template <typename Inner>
struct [[gnu::packed]] PackedOf {
  std::uint8_t a;
  Inner inner;
  std::uint32_t b;
};
template <typename Inner>
union EitherOf {
  Inner inner;
  std::uint32_t words[2];
};

namespace before {
struct Inner {
  std::uint32_t a;
  std::uint8_t b;
};
using Outer = OuterOf<Inner>;
using Lines = LinesOf<Inner>;
using Packed = PackedOf<Inner>;
using Either = EitherOf<Inner>;
}  // namespace before

// The same, with a third member in Inner.
namespace after {
struct Inner {
  std::uint32_t a;
  std::uint32_t added;
  std::uint8_t b;
};
using Outer = OuterOf<Inner>;
using Lines = LinesOf<Inner>;
using Packed = PackedOf<Inner>;
using Either = EitherOf<Inner>;
}  // namespace after

constexpr std::uint32_t bits(std::size_t bytes) { return static_cast<std::uint32_t>(bytes) * 8; }

/// The structs of `before` as BTF.
struct Sample {
  BtfForge forge;
  std::uint32_t u8 = forge.integer("unsigned char", 1);
  std::uint32_t u32 = forge.integer("unsigned int", 4);
  std::uint32_t u64 = forge.integer("long unsigned int", 8);
  std::uint32_t inner =
      forge.structure("inner", sizeof(before::Inner),
                      {{"a", u32, bits(offsetof(before::Inner, a))}, {"b", u8, bits(offsetof(before::Inner, b))}});
  std::uint32_t renamed = forge.typedef_("inner_t", forge.const_(inner));
  std::uint32_t three = forge.array(renamed, u32, 3);
  std::uint32_t outer = forge.structure("outer", sizeof(before::Outer),
                                        {{"first", u8, bits(offsetof(before::Outer, first))},
                                         {"one", inner, bits(offsetof(before::Outer, one))},
                                         {"wide", u64, bits(offsetof(before::Outer, wide))},
                                         {"many", three, bits(offsetof(before::Outer, many))},
                                         {"last", u8, bits(offsetof(before::Outer, last))}});
  std::uint32_t lines = forge.structure("lines", sizeof(before::Lines),
                                        {{"a", u32, bits(offsetof(before::Lines, a))},
                                         {"b", u32, bits(offsetof(before::Lines, b))},
                                         {"inner", inner, bits(offsetof(before::Lines, inner))}});
  std::uint32_t packed = forge.structure("packed", sizeof(before::Packed),
                                         {{"a", u8, bits(offsetof(before::Packed, a))},
                                          {"inner", inner, bits(offsetof(before::Packed, inner))},
                                          {"b", u32, bits(offsetof(before::Packed, b))}});
  std::uint32_t either =
      forge.union_("either", sizeof(before::Either), {{"inner", inner, 0}, {"words", forge.array(u32, u32, 2), 0}});
  std::uint32_t variable = forge.var("percpu", inner, 1);
  std::uint32_t next = forge.var("next", u64, 1);
  std::uint32_t section = forge.datasec(".data..percpu", 64, {{variable, 16, sizeof(before::Inner)}, {next, 24, 8}});
};

/// Returns the first difference between the types of two kernels.
std::string difference(const View& one, const View& other) {
  if (one.id_end() != other.id_end()) return "another number of types";
  for (std::uint32_t id = 1; id < one.id_end(); ++id) {
    const btf::Type left = one.type(id);
    const btf::Type right = other.type(id);
    const bool is_equal = left.kind == right.kind && left.kind_flag == right.kind_flag && left.vlen == right.vlen &&
                          left.size_or_type == right.size_or_type && left.at == right.at &&
                          one.string(left.name_off) == other.string(right.name_off);
    if (!is_equal) return "type " + std::to_string(id);
    for (std::uint32_t i = 0; btf::is_composite(left.kind) && i < left.vlen; ++i) {
      const btf::Member a = one.member(left, i);
      const btf::Member b = other.member(right, i);
      if (a.type != b.type || a.bit_offset != b.bit_offset || a.bitfield_size != b.bitfield_size ||
          one.string(a.name_off) != other.string(b.name_off)) {
        return "member " + std::to_string(i) + " of type " + std::to_string(id);
      }
    }
  }
  return "";
}

std::vector<std::uint32_t> offsets(const EvolvingKernel& kernel, Handle handle) {
  std::vector<std::uint32_t> out;
  for (const Element& element : kernel.at(handle).elements) out.push_back(element.value);
  return out;
}

}  // namespace

TEST_CASE("evolution: after a member was added, all offsets and sizes are those that a compiler gives") {
  const Sample sample;
  EvolvingKernel kernel(View::parse(sample.forge.bytes(), "sample"));
  Layouts layouts(kernel);
  std::vector<Element>& members = kernel.at(sample.inner).elements;
  members.insert(members.begin() + 1, layouts.member(kernel.number_of("added"), sample.u32));
  layouts.touch(sample.inner);
  layouts.settle();

  CHECK(kernel.at(sample.inner).third == sizeof(after::Inner));
  CHECK(offsets(kernel, sample.inner) == std::vector<std::uint32_t>{0, 32, 64});
  CHECK(kernel.at(sample.outer).third == sizeof(after::Outer));
  CHECK(offsets(kernel, sample.outer) ==
        std::vector<std::uint32_t>{bits(offsetof(after::Outer, first)), bits(offsetof(after::Outer, one)),
                                   bits(offsetof(after::Outer, wide)), bits(offsetof(after::Outer, many)),
                                   bits(offsetof(after::Outer, last))});
  CHECK(kernel.at(sample.lines).third == sizeof(after::Lines));
  CHECK(offsets(kernel, sample.lines) ==
        std::vector<std::uint32_t>{0, bits(offsetof(after::Lines, b)), bits(offsetof(after::Lines, inner))});
  CHECK(kernel.at(sample.packed).third == sizeof(after::Packed));
  CHECK(offsets(kernel, sample.packed) ==
        std::vector<std::uint32_t>{0, bits(offsetof(after::Packed, inner)), bits(offsetof(after::Packed, b))});
  CHECK(kernel.at(sample.either).third == sizeof(after::Either));
  CHECK(offsets(kernel, sample.section) == std::vector<std::uint32_t>{16, 32});
  CHECK(kernel.at(sample.section).elements[0].width == sizeof(after::Inner));
}

TEST_CASE("evolution: a member of the struct around cache lines stays at its line while the hole before it is filled") {
  const Sample sample;
  EvolvingKernel kernel(View::parse(sample.forge.bytes(), "sample"));
  Layouts layouts(kernel);
  std::vector<Element>& members = kernel.at(sample.lines).elements;
  members.insert(members.begin() + 1, layouts.member(kernel.number_of("added"), sample.u64));
  layouts.touch(sample.lines);
  layouts.settle();
  CHECK(offsets(kernel, sample.lines) ==
        std::vector<std::uint32_t>{0, 64, bits(offsetof(before::Lines, b)), bits(offsetof(before::Lines, inner))});
  CHECK(kernel.at(sample.lines).third == sizeof(before::Lines));
}

TEST_CASE("evolution: a struct whose members overlap does not change, and neither does what it embeds") {
  Sample sample;
  const std::uint32_t odd = sample.forge.structure("odd", 16, {{"a", sample.u64, 0}, {"b", sample.inner, 32}});
  EvolvingKernel kernel(View::parse(sample.forge.bytes(), "sample"));
  const Layouts layouts(kernel);
  CHECK_FALSE(layouts.may_change(odd));
  CHECK_FALSE(layouts.may_change(sample.inner));
  CHECK(layouts.may_change(sample.outer));
}

TEST_CASE(
    "evolution: an unchanged kernel is written with the same types, and stays as it is when it is laid out again") {
  const std::vector<std::uint8_t> base = bench::forge_kernel({.seed = 3, .types = 8000});
  EvolvingKernel kernel(View::parse(base, "kernel"));
  const std::vector<std::uint8_t> written = kernel.bytes();  // the order of strings can be another one
  CHECK(written.size() == base.size());
  CHECK(difference(View::parse(base, "base"), View::parse(written, "written")) == "");
  Layouts layouts(kernel);
  for (Handle handle = 1; handle < kernel.end(); ++handle) {
    if (btf::is_composite(kernel.at(handle).kind) && layouts.may_change(handle)) layouts.touch(handle);
  }
  layouts.settle();
  CHECK((kernel.bytes() == written));
}

}  // namespace minbtf::test
