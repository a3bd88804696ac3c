// SPDX-License-Identifier: BSD-2-Clause
// The types of one name are a sequence, with repetitions in place, and so are all INTs.
#include <catch2/catch.hpp>
#include <functional>

#include "support/core_case.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = RelocationKind;

/// Returns a kernel with a type named `s` for each letter. The member `x` of a struct is an int at byte 0 or 4, or an
/// unsigned number of 4 bytes or of 1 byte.
Bytes kernel_of(const std::string& letters, ByteOrder order = ByteOrder::little) {
  BtfForge f(order);
  const std::uint32_t int_ = f.integer("int", 4, 1);
  const std::uint32_t u32 = f.integer("u32", 4);
  const std::uint32_t u8 = f.integer("u8", 1);
  f.integer("long", 8, 1);
  for (const char letter : letters) {
    if (letter == 'A') f.structure("s", 8, {{"x", int_, 0}});
    if (letter == 'B') f.structure("s", 8, {{"x", int_, 32}});
    if (letter == '4') f.structure("s", 8, {{"x", u32, 0}});
    if (letter == '1') f.structure("s", 8, {{"x", u8, 0}});
    if (letter == 'e') f.enumeration("s", 4, {{"X", 1}});
    if (letter == 'E') f.enumeration64("s", 8, {{"X", 1}});
    if (letter == 'f') f.structure("s___flavor", 8, {{"x", int_, 0}});
  }
  return f.bytes();
}

Plan plan_for(const std::function<std::uint32_t(BtfForge&)>& local, const std::vector<Ask>& asks) {
  const Built built = build({.name = "plan", .local = local, .target = [](BtfForge&) {}, .asks = asks, .expected = ""});
  return Plan({BpfObject::parse(built.object, "object")});
}

std::uint32_t local_s(BtfForge& f) { return f.structure("s", 4, {{"x", f.integer("int", 4, 1), 0}}); }

Reduction reduce(const Plan& plan, const Bytes& kernel) { return plan.minimize(Btf::parse(kernel, "kernel")); }

/// Packs the kernels together and compares the results of each with those of its stand-in. Returns the reductions.
std::vector<Reduction> check_all(const Plan& plan, std::vector<Bytes> all) {
  const PackedKernels kernels(all);
  CHECK(kernels.verbatim_count() == 0);
  std::vector<Reduction> reductions;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO("kernel " << i);
    // Another kernel of the pack serves as a reduced BTF with differences.
    CHECK(wrong_with_stand_in(plan, kernels, i, {all[(i + 1) % all.size()]}) == "");
    reductions.push_back(reduce(plan, all[i]));
  }
  return reductions;
}

}  // namespace

TEST_CASE("list_order: A B A, A A B and A B are different lists") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Plan plan =
      plan_for(local_s, {{.kind = Kind::type_id_target}, {.kind = Kind::field_byte_offset, .access = "0:0"}});
  const auto found = check_all(plan, {kernel_of("ABA", order), kernel_of("AAB", order), kernel_of("AB", order),
                                      kernel_of("BA", order), kernel_of("fA", order), kernel_of("Af", order)});
  // A pack with sets instead of sequences gives two of them the same bytes.
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(found[i].bytes != found[j].bytes);
  }
}

TEST_CASE("list_order: the first candidate gives the size of a load") {
  const auto local = [](BtfForge& f) { return f.structure("s", 4, {{"x", f.integer("u32", 4), 0}}); };
  const Plan plan = plan_for(local, {{.kind = Kind::field_byte_offset, .access = "0:0", .load = 4}});
  const auto found = check_all(plan, {kernel_of("41"), kernel_of("14"), kernel_of("141"), kernel_of("411")});
  CHECK(found[0].resolutions[0].load_size == 4);
  CHECK(found[1].resolutions[0].load_size == 1);
  CHECK(found[2].resolutions[0].load_size == 1);
  CHECK(found[3].resolutions[0].load_size == 4);
}

TEST_CASE("list_order: enums of 32 and of 64 bits are in one list") {
  const auto local = [](BtfForge& f) { return f.enumeration("s", 4, {{"X", 1}}); };
  const Plan plan = plan_for(local, {{.kind = Kind::enumval_value, .access = "0"}, {.kind = Kind::type_size}});
  const auto found = check_all(
      plan, {kernel_of("eE"), kernel_of("Ee"), kernel_of("eEe"), kernel_of("e"), kernel_of("E"), kernel_of("AeE")});
  CHECK(found[0].bytes != found[1].bytes);
  CHECK(found[0].resolutions[0].candidates == 2);
  CHECK(found[2].resolutions[0].candidates == 3);
}

TEST_CASE("list_order: the first of two INTs that could give the pointer size comes first") {
  const auto kernel = [](std::uint32_t first, std::uint32_t second, const std::string& name) {
    BtfForge f;
    f.integer("int", 4, 1);
    f.structure("s", 8, {{"x", f.ptr(0), 0}});
    f.integer(name, first, 1);
    f.integer("long", second, 1);
    f.integer("long int", first, 1);
    return f.bytes();
  };
  const auto local = [](BtfForge& f) { return f.structure("s", 8, {{"x", f.ptr(0), 0}}); };
  const Plan plan = plan_for(local, {{.kind = Kind::field_byte_size, .access = "0:0"}});
  const auto found = check_all(
      plan, {kernel(4, 8, "long"), kernel(8, 4, "long"), kernel(4, 8, "other"), kernel(8, 8, "long unsigned")});
  CHECK(found[0].resolutions[0].value == 4);
  CHECK(found[1].resolutions[0].value == 8);
  CHECK(found[2].resolutions[0].value == 8);
}

TEST_CASE("list_order: INTs with the same name and other contents keep their order") {
  // The first `u32` is a candidate of its own. All INTs are one sequence, whatever their names.
  const auto kernel = [](bool swapped) {
    BtfForge f;
    f.integer("long", 8, 1);
    f.integer("u32", swapped ? 8 : 4);
    f.integer("other", 2);
    f.integer("u32", swapped ? 4 : 8);
    f.integer("u32", swapped ? 8 : 4);
    return f.bytes();
  };
  const auto local = [](BtfForge& f) { return f.integer("u32", 4); };
  const Plan plan = plan_for(local, {{.kind = Kind::type_id_target}, {.kind = Kind::type_size}});
  const auto found = check_all(plan, {kernel(false), kernel(true)});
  CHECK(found[0].bytes != found[1].bytes);
}

TEST_CASE("list_order: kernels of both byte orders share their types and keep their byte order") {
  const PackedKernels kernels({kernel_of("AB", ByteOrder::little), kernel_of("AB", ByteOrder::big)});
  const Plan plan = plan_for(local_s, {{.kind = Kind::field_byte_offset, .access = "0:0"}});
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    CHECK(wrong_with_stand_in(plan, kernels, i) == "");
    CHECK(kernels.facts(i).order == (i == 0 ? ByteOrder::little : ByteOrder::big));
    const auto types = kernels.pack().types(kernels.number(i));
    const auto keys = types->keys_named("s");
    REQUIRE(keys.size() == 1);
    const pack::List list = types->list(keys[0]);
    REQUIRE(list.size() == 2);
    CHECK(list.entries[0].node + 1 == list.entries[1].node);
  }
  CHECK(kernels.number(0) != kernels.number(1));
  CHECK(kernels.exported(0)[0] == 0x9f);
  CHECK(kernels.exported(1)[0] == 0xeb);
}

}  // namespace minbtf::test
