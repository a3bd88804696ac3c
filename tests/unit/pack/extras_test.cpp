// SPDX-License-Identifier: BSD-2-Clause
// Extras: FUNC, VAR, DATASEC, DECL_TAG, types of other kinds that only records written by hand search for, and types
// without a name to which nothing refers.
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <tuple>

#include "btf/view.hpp"
#include "minbtf/error.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/object_forge.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/forge/random_case.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Sections = std::vector<std::tuple<std::string, std::uint32_t, std::uint32_t, std::string>>;

/// Returns what a pack has of the types: all sections but those about the kernels' files and sizes.
Sections types_of(const PackedKernels& kernels) {
  Sections sections;
  for (const pack::Section& section : kernels.pack().file().sections()) {
    if (section.type == pack::SectionType::sources || section.type == pack::SectionType::kernels) continue;
    sections.emplace_back(pack::to_string(section.type), section.first, section.count, section.hash.hex());
  }
  return sections;
}

Bytes kernel_of(const std::function<void(BtfForge&, std::uint32_t int_)>& forge, ByteOrder order = ByteOrder::little) {
  BtfForge f(order);
  const std::uint32_t int_ = f.integer("int", 4, 1);
  forge(f, int_);
  return f.bytes();
}

/// Every kind of extra, some of them several times.
Bytes rich_kernel(ByteOrder order) {
  return kernel_of(
      [](BtfForge& f, std::uint32_t int_) {
        f.enumeration("", 4, {{"FREE", 1}});
        f.enumeration("", 4, {{"FREE", 1}, {"MORE", 2}});
        f.enumeration("", 4, {});
        const std::uint32_t inner = f.structure("", 4, {{"x", int_, 0}});
        f.union_("", 4, {{"x", int_, 0}, {"", inner, 0}});
        f.func_proto(0, {{"p", f.const_(int_)}});
        f.array(int_, int_, 3);
        const std::uint32_t s = f.structure("s", 8, {{"a", int_, 0}, {"", f.enumeration("", 4, {{"USED", 1}}), 32}});
        f.structure("s", 8, {{"b", int_, 0}});
        const std::uint32_t tagged = f.type("user", btf::Kind::type_tag, 0, false, s);
        f.structure("t", 8, {{"p", f.ptr(tagged), 0}});
        f.ptr(f.type("user", btf::Kind::type_tag, 0, false, int_));
        const std::uint32_t proto = f.func_proto(int_, {{"p", f.ptr(tagged)}, {"", 0}});
        const std::uint32_t one = f.func("one", proto);
        const std::uint32_t again = f.func("one", f.func_proto(s, {{"s", f.ptr(s)}}));
        f.func("one___flavor", proto);
        f.structure("with_pointer", 8, {{"one", f.ptr(proto), 0}});
        const std::uint32_t first = f.var("variable", s, 1);
        const std::uint32_t second = f.var("variable", f.array(s, int_, 2), 0);
        f.datasec(".data", 100, {{second, 64, 16}, {first, 0, 8}, {first, 0xfffffff0U, 0xffffffffU}});
        f.datasec(".empty", 0, {});
        f.decl_tag("declared", one, 0xffffffffU);
        f.decl_tag("declared", again, 1);
        f.decl_tag("declared", s, 1);
        f.decl_tag("declared", f.typedef_("alias", int_), 0xffffffffU);
        f.decl_tag("of a variable", second, 0xffffffffU);
      },
      order);
}

}  // namespace

TEST_CASE("extras: a pack with everything has all types of a kernel, and packing them again gives the same types") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const Bytes& kernel : {rich_kernel(order), EveryKind(order).forge.bytes(), sample_kernel(order)}) {
    const PackedKernels once({kernel});
    CHECK(once.verbatim_reason(0) == "");
    const Bytes exported = once.exported(0);
    CHECK(btf::View::parse(exported, "exported").id_end() == btf::View::parse(kernel, "kernel").id_end());
    const PackedKernels twice({exported});
    CHECK(types_of(twice) == types_of(once));
    CHECK(twice.exported(0) == exported);
  }
}

TEST_CASE("extras: packing what is exported gives the same types for random kernels") {
  std::size_t groups = 0;
  std::size_t fitting = 0;
  for (std::uint64_t seed = 1; seed < 300; ++seed) {
    INFO("seed " << seed);
    std::vector<Bytes> all;
    for (std::uint64_t i = 0; i < 4; ++i) all.push_back(random_case(4 * seed + i, Loops::as_c_allows).kernel);
    const PackedKernels once(all);
    std::vector<Bytes> exported;
    for (std::size_t i = 0; i < all.size(); ++i) {
      exported.push_back(once.verbatim_reason(i).empty() ? once.exported(i) : all[i]);
      groups += once.facts(i).has_groups ? 1 : 0;
      fitting += once.verbatim_reason(i).empty() ? 1 : 0;
    }
    const PackedKernels twice(exported);
    CHECK(types_of(twice) == types_of(once));
  }
  CHECK(groups > 10);
  CHECK(fitting > 300);
}

TEST_CASE("extras: the sections for types are those of a pack of types only") {
  const std::vector<Bytes> kernels = {rich_kernel(ByteOrder::little), sample_kernel(ByteOrder::big),
                                      other_sample_kernel()};
  const PackedKernels whole(kernels);
  const PackedKernels types(kernels, pack::PackContents::types_only);
  Sections of_types = types_of(types);
  Sections of_whole = types_of(whole);
  REQUIRE(of_whole.size() == of_types.size() + 5);
  of_whole.resize(of_types.size());
  CHECK(of_whole == of_types);
  CHECK(whole.facts(0).form == pack::PackedKernel::Form::whole);
  CHECK(types.facts(0).form == pack::PackedKernel::Form::types);
}

TEST_CASE("extras: hand-written records that search for extras have the results of the whole kernel") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  EveryKind local;
  const std::uint32_t one = local.forge.func("one", local.func_proto);
  const std::uint32_t data = local.forge.datasec(".data", 4, {{local.var, 0, 4}});
  std::vector<ForgedAsk> asks;
  for (const std::uint32_t type : {local.func, local.var, local.datasec, local.decl_tag, local.type_tag, one, data}) {
    asks.push_back({type, "0"});
    asks.push_back({type, "0:0"});
  }
  const Plan plan({BpfObject::parse(forge_object(local.forge, ask_in_every_way(local.forge, asks), {}), "object")});
  CHECK(plan.wanted_types(order).extras.size() >= 6);
  EveryKind twice(order);
  twice.forge.func("function", twice.func_proto);
  twice.forge.var("variable", twice.struct_, 1);
  twice.forge.type("user", btf::Kind::type_tag, 0, false, twice.struct_);
  twice.forge.decl_tag("declared", twice.var, 0xffffffffU);
  const PackedKernels kernels({EveryKind(order).forge.bytes(), rich_kernel(order), twice.forge.bytes()});
  CHECK(kernels.verbatim_count() == 0);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO("kernel " << i);
    CHECK(wrong_with_stand_in(plan, kernels, i) == "");
    CHECK(kernels.stand_in(i, plan.wanted_types(order)) != kernels.exported(i));
  }
}

TEST_CASE("extras: equal extras of several kernels are stored once") {
  const auto kernel = [](std::uint32_t size) {
    return kernel_of([&](BtfForge& f, std::uint32_t int_) {
      const std::uint32_t s = f.structure("s", size, {{"a", int_, 0}});
      f.func("of_pointer", f.func_proto(int_, {{"s", f.ptr(s)}}));
      f.func("of_value", f.func_proto(s, {}));
      f.datasec(".data", 4, {{f.var("variable", s, 1), 0, 4}});
    });
  };
  const auto records = [](const PackedKernels& kernels) {
    std::uint32_t count = 0;
    for (const pack::Section& section : kernels.pack().file().sections()) {
      if (section.type == pack::SectionType::extra_cuts) count += section.count;
    }
    return count;
  };
  // The functions and variables are the same, although their types are not.
  CHECK(records(PackedKernels({kernel(4), kernel(8)})) == records(PackedKernels({kernel(4)})));
}

TEST_CASE("extras: a type that contains a FUNC, VAR, DATASEC or DECL_TAG does not fit") {
  const Bytes kernel = kernel_of([](BtfForge& f, std::uint32_t int_) {
    f.structure("s", 4, {{"v", f.var("v", int_, 1), 0}});
  });
  const PackedKernels kernels({kernel});
  CHECK(kernels.facts(0).form == pack::PackedKernel::Form::verbatim);
  CHECK(kernels.exported(0) == kernel);
}

TEST_CASE("extras: in BTF that was never deduplicated, extras have the groups of the types before them") {
  BtfForge f;
  for (std::uint32_t unit = 0; unit < 5; ++unit) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    const std::uint32_t s = f.structure("s", 8 + unit % 2, {{"a", int_, 32}});
    const std::uint32_t pointer = f.ptr(s);
    f.structure("t", 16, {{"s", pointer, 0}});
    f.enumeration("", 4, {{"FREE", 1}});
    f.func("f", f.func_proto(int_, {{"s", pointer}}));
    f.func("g", f.func_proto(int_, {{"t", pointer}}));
    f.var("v", s, 1);
    f.fwd("s");
  }
  const PackedKernels once({f.bytes()});
  CHECK(once.verbatim_reason(0) == "");
  CHECK(once.facts(0).has_groups);
  const auto types = once.pack().types(0);
  std::size_t notes = 0;
  std::uint32_t last_group = 0;
  for (std::uint32_t key = 0; key < types->extra_key_end(); ++key) {
    for (const pack::Entry& entry : types->list(key | pack::extra_bit).entries) {
      notes += entry.notes.size();
      last_group = std::max(last_group, entry.group);
    }
  }
  CHECK(last_group == 4);
  CHECK(notes == 4);  // the enums are equal, and all but one have the number of a copy
  const PackedKernels twice({once.exported(0)});
  CHECK(types_of(twice) == types_of(once));
}

}  // namespace minbtf::test
