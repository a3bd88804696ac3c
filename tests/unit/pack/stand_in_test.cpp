// SPDX-License-Identifier: BSD-2-Clause
// What a stand-in must have of a kernel so that its results are those of the whole BTF. Each test has the smallest BTF
// that a simpler rule gets wrong.
#include "pack/stand_in.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "support/core_case.hpp"
#include "support/forge/object_forge.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = RelocationKind;
using Forge = std::function<void(BtfForge&)>;

Bytes btf_of(const Forge& forge, ByteOrder order = ByteOrder::little) {
  BtfForge btf(order);
  forge(btf);
  return btf.bytes();
}

/// Returns a plan of one object with these relocations. Reduced BTF has the kernel's layout: it shows more of what a
/// stand-in has.
Plan plan_for(const std::function<std::uint32_t(BtfForge&)>& local, const std::vector<Ask>& asks) {
  const Built built = build({.name = "plan", .local = local, .target = [](BtfForge&) {}, .asks = asks, .expected = ""});
  return Plan({BpfObject::parse(built.object, "object")}, {}, Layout::kernel);
}

Bytes reduced(const Plan& plan, const Bytes& kernel) { return plan.minimize(Btf::parse(kernel, "kernel")).bytes; }

/// Returns the status of each relocation as a letter: r, p or f.
std::string statuses(const Plan& plan, const Bytes& kernel) {
  std::string letters;
  for (const Resolution& each : plan.minimize(Btf::parse(kernel, "kernel")).resolutions) {
    letters += each.status == Status::resolved ? 'r' : each.status == Status::poisoned ? 'p' : 'f';
  }
  return letters;
}

bool has_text(const Bytes& bytes, const std::string& text) {
  return std::string(bytes.begin(), bytes.end()).find(text) != std::string::npos;
}

std::uint32_t local_w(BtfForge& f) {
  const std::uint32_t inner = f.structure("inner", 4, {{"x", f.integer("int", 4, 1), 0}});
  return f.structure("W", 4, {{"v", inner, 0}});
}

/// struct A { struct foo *p; }
std::uint32_t local_a(BtfForge& f) {
  return f.structure("A", 8, {{"p", f.ptr(f.structure("foo", 4, {{"x", f.integer("int", 4, 1), 0}})), 0}});
}

/// struct A { struct foo *p; }, with a `foo` of `bytes` bytes.
void target_a(BtfForge& f, std::uint32_t bytes) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.integer("long", 8, 1);
  f.structure("A", 8, {{"p", f.ptr(f.structure("foo", bytes, {{"x", int_, 0}})), 0}});
}

}  // namespace

TEST_CASE("stand_in: a type that is reached through a pointer first and by value later has its members") {
  // typedef struct inner inner_t; struct W { inner_t *p; inner_t v; };
  const auto kernel = [](bool has_members) {
    return btf_of([&](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      f.integer("long", 8, 1);
      const std::vector<ForgedMember> members = {{"y", int_, 0}, {"x", int_, 32}};
      const std::uint32_t inner =
          f.typedef_("inner_t", f.structure("inner", 8, has_members ? members : std::vector<ForgedMember>{}));
      f.structure("W", 16, {{"p", f.ptr(inner), 0}, {"v", inner, 64}});
    });
  };
  const PackedKernels kernels({kernel(true)});
  const bool follows_pointers = GENERATE(false, true);
  std::vector<Ask> asks = {{.kind = Kind::field_byte_offset, .access = "0:0:0"}};
  if (follows_pointers) asks.push_back({.kind = Kind::type_matches});
  const Plan plan = plan_for(local_w, asks);
  REQUIRE(plan.wanted_types(ByteOrder::little).follows_pointers == follows_pointers);
  CHECK(wrong_with_stand_in(plan, kernels, 0) == "");
  // A stand-in that takes the typedef as it was met behind the pointer poisons the access.
  CHECK(statuses(plan, kernel(true)).starts_with("r"));
  CHECK(statuses(plan, kernel(false)).starts_with("p"));
}

TEST_CASE("stand_in: a pointee has the size that its type has in this kernel") {
  const PackedKernels kernels({btf_of([](BtfForge& f) { target_a(f, 8); }),
                               btf_of([](BtfForge& f) { target_a(f, 16); }),
                               btf_of([](BtfForge& f) { target_a(f, 0); })});
  const Plan plan = plan_for(local_a, {{.kind = Kind::type_matches}});
  REQUIRE(statuses(plan, kernels.whole(0)) == "r");
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  const WantedTypes wanted = plan.wanted_types(ByteOrder::little);
  CHECK(kernels.stand_in(0, wanted) != kernels.stand_in(1, wanted));
  // A stand-in with one size for all kernels, or with none, gives other bytes.
  CHECK(reduced(plan, kernels.whole(0)) != reduced(plan, kernels.whole(1)));
  CHECK(reduced(plan, kernels.whole(0)) != reduced(plan, kernels.whole(2)));
}

TEST_CASE("stand_in: pointers lead to void if no types are compared") {
  const PackedKernels kernels(
      {btf_of([](BtfForge& f) { target_a(f, 8); }), btf_of([](BtfForge& f) { target_a(f, 16); })});
  const Plan plan = plan_for(local_a, {{.kind = Kind::field_byte_offset, .access = "0:0"}});
  const WantedTypes wanted = plan.wanted_types(ByteOrder::little);
  REQUIRE_FALSE(wanted.follows_pointers);
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  const Bytes stand_in = kernels.stand_in(0, wanted);
  CHECK(stand_in == kernels.stand_in(1, wanted));
  CHECK(stand_in == btf_of([](BtfForge& f) {
          f.integer("int", 4, 1);
          f.integer("long", 8, 1);
          (void)f.string("A");
          f.structure("A", 8, {{"p", 4, 0}});
          f.ptr(0);
        }));
}

TEST_CASE("stand_in: a pointee with a name that several types have is the right one of them") {
  // Two types of one name behind pointers: struct A { struct foo *p; } with one `foo`, struct B with the other.
  const auto kernel = [](bool swapped) {
    return btf_of([&](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      f.integer("long", 8, 1);
      const std::uint32_t one = f.structure("foo", 8, {{"x", int_, 0}});
      const std::uint32_t two = f.structure("foo", 16, {{"x", int_, 0}});
      f.structure("A", 8, {{"p", f.ptr(swapped ? two : one), 0}});
      f.structure("B", 8, {{"p", f.ptr(swapped ? one : two), 0}});
      f.func_proto(0, {});
    });
  };
  const PackedKernels kernels({kernel(false), kernel(true)});
  const Plan plan = plan_for(local_a, {{.kind = Kind::type_matches}});
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    CHECK(kernels.verbatim_reason(i) == "");
    CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  }
  // A stand-in that always takes the first gives one of them other bytes.
  CHECK(reduced(plan, kernels.whole(0)) != reduced(plan, kernels.whole(1)));
}

TEST_CASE("stand_in: each occurrence of an ambiguous name is noted in the walk of its entry") {
  // Behind a prototype, an array and a pointer to a pointer, and after references that are not ambiguous.
  const auto kernel = [](unsigned choices) {
    return btf_of([&](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      f.integer("long", 8, 1);
      const std::uint32_t foo[] = {f.structure("foo", 8, {{"x", int_, 0}}), f.structure("foo", 16, {{"x", int_, 0}}),
                                   f.structure("foo", 24, {{"x", int_, 0}})};
      const std::uint32_t pointers[] = {f.ptr(foo[0]), f.ptr(foo[1]), f.ptr(foo[2])};
      const auto pointer = [&](unsigned place) { return pointers[choices >> (2 * place) & 3U]; };
      const std::uint32_t proto = f.func_proto(int_, {{"a", pointer(0)}, {"b", int_}, {"c", f.const_(pointer(1))}});
      f.structure("A", 64,
                  {{"n", int_, 0},
                   {"f", f.ptr(proto), 64},
                   {"e", f.array(pointer(2), int_, 4), 128},
                   {"q", f.ptr(pointer(3)), 384}});
    });
  };
  const auto local = [](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    const std::uint32_t foo = f.ptr(f.structure("foo", 8, {}));
    const std::uint32_t proto = f.func_proto(int_, {{"a", foo}, {"b", int_}, {"c", f.const_(foo)}});
    return f.structure(
        "A", 64, {{"n", int_, 0}, {"f", f.ptr(proto), 64}, {"e", f.array(foo, int_, 4), 128}, {"q", f.ptr(foo), 384}});
  };
  const Plan plan = plan_for(local, {{.kind = Kind::type_matches}});
  std::vector<Bytes> all;
  for (unsigned choices = 0; choices < 256; ++choices) {
    // 3 is no `foo`.
    if ((choices & choices >> 1U & 0x55U) == 0) all.push_back(kernel(choices));
  }
  REQUIRE(all.size() == 81);
  REQUIRE(statuses(plan, all[0]) == "r");
  const PackedKernels kernels(std::move(all));
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO(i);
    CHECK(kernels.verbatim_reason(i) == "");
    CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  }
}

TEST_CASE("stand_in: check() finds the verifier's version in enum bpf_func_id, which nothing asks for") {
  const auto kernel = [](bool has_helpers, std::uint32_t bytes) {
    return btf_of([&](BtfForge& f) {
      f.integer("long", 8, 1);
      f.structure("s", 8, {{"x", f.integer("int", 4, 1), 0}});
      if (!has_helpers) return;
      const std::vector<ForgedEnumerator> helpers = {{"BPF_FUNC_spin_lock", 93}};
      if (bytes == 4) f.enumeration("bpf_func_id", 4, helpers);
      if (bytes == 8) f.enumeration64("bpf_func_id", 8, helpers);
      // The first one counts. A variable of this name is not one.
      f.enumeration("bpf_func_id", 4, {{"BPF_FUNC_unspec", 0}});
    });
  };
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  const std::uint32_t s = local.structure("s", 8, {{"y", int_, 0}});
  const std::uint32_t other = local.structure("other", 8, {{"z", int_, 0}});
  // if (field_exists(other.z) > 0) read s.y;  The access exists in no kernel above.
  const ForgedInsn jump_if_greater = {.code = 0x25, .off = 1};
  const Plan plan({BpfObject::parse(
      forge_object(local, {{.name = "p",
                            .section = "tp",
                            .insns = {mov_imm(1), jump_if_greater, exit_insn(), ldx(4, 0), exit_insn()},
                            .records = {{.insn = 0, .type_id = other, .access = "0:0", .kind = 2},
                                        {.insn = 3, .type_id = s, .access = "0:0", .kind = 0}}}}),
      "object")});
  const PackedKernels kernels({kernel(true, 4), kernel(true, 8), kernel(false, 4)});
  const auto guard = [&](std::size_t i) {
    const auto found = plan.check(Btf::parse(kernels.whole(i), "kernel"));
    REQUIRE(found.size() == 1);
    return found[0].guard;
  };
  CHECK(guard(0) == Guard::unreachable);
  CHECK(guard(1) == Guard::unreachable);
  CHECK(guard(2) == Guard::none);
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  // The stand-in for minimize() lacks the enum. Its program is not guarded.
  const Bytes without = kernels.stand_in(0, plan.wanted_types(ByteOrder::little));
  CHECK_FALSE(has_text(without, "bpf_func_id"));
  CHECK(plan.check(Btf::parse(without, "kernel")).at(0).guard == Guard::none);
}

TEST_CASE("stand_in: types of other kinds with a wanted name are part of the reason why nothing was found") {
  const std::vector<Forge> others = {[](BtfForge& f) { f.fwd("A"); },
                                     [](BtfForge& f) { f.typedef_("A", f.integer("int", 4, 1)); },
                                     [](BtfForge& f) { f.union_("A___old", 8, {}); },
                                     [](BtfForge& f) {
                                       f.enumeration("A", 4, {{"X", 1}});
                                     },
                                     [](BtfForge& f) {
                                       f.enumeration64("A", 8, {{"X", 1}});
                                     },
                                     [](BtfForge& f) { f.float_("A", 8); },
                                     [](BtfForge& f) { f.integer("A", 8); },
                                     [](BtfForge& f) { f.integer("int", 4, 1); }};
  std::vector<Bytes> all;
  for (const Forge& other : others) all.push_back(btf_of(other));
  const PackedKernels kernels(std::move(all));
  CHECK(kernels.verbatim_count() == 0);
  const Plan plan = plan_for(local_a, {{.kind = Kind::field_byte_offset, .access = "0:0"}});
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    INFO(i);
    CHECK(wrong_with_stand_in(plan, kernels, i) == "");
    const auto found = plan.check(Btf::parse(kernels.whole(i), "kernel"));
    REQUIRE(found.size() == 1);
    reasons.push_back(to_string(found[0].why));
  }
  // A stand-in that has only structs of the name gives the last of the reasons for all.
  CHECK(reasons[1] == "struct A: no such type, only typedef A");
  CHECK(reasons[2] != reasons.back());
  CHECK(reasons[3] != reasons.back());
  CHECK(reasons[6] != reasons.back());
}

TEST_CASE("stand_in: arrays have their index types, and prototypes the names of their parameters") {
  const auto kernel = [](const std::string& index, const std::string& parameter) {
    return btf_of([&](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      f.integer("long", 8, 1);
      const std::uint32_t index_type = index == "int" ? int_ : f.typedef_(index, int_);
      const std::uint32_t proto = f.func_proto(int_, {{parameter, int_}});
      f.structure("A", 16, {{"e", f.array(int_, index_type, 2), 0}, {"f", f.ptr(proto), 64}});
    });
  };
  const PackedKernels kernels({kernel("int", "a"), kernel("index_t", "a"), kernel("int", "b")});
  const auto local = [](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    const std::uint32_t proto = f.func_proto(int_, {{"x", int_}});
    return f.structure("A", 16, {{"e", f.array(int_, int_, 2), 0}, {"f", f.ptr(proto), 64}});
  };
  const Plan matches = plan_for(local, {{.kind = Kind::type_matches}});
  const Plan reads = plan_for(local, {{.kind = Kind::field_byte_offset, .access = "0:0:1"}});
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    CHECK(wrong_with_stand_in(matches, kernels, i) == "");
    CHECK(wrong_with_stand_in(reads, kernels, i) == "");
  }
  CHECK(has_text(reduced(matches, kernels.whole(1)), "index_t"));
  CHECK(has_text(reduced(reads, kernels.whole(1)), "index_t"));
  CHECK(reduced(matches, kernels.whole(0)) != reduced(matches, kernels.whole(2)));
}

TEST_CASE("stand_in: a flavor is cut off a name where libbpf cuts it") {
  const Bytes kernel = btf_of([](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::uint32_t offset = 0;
    for (const char* name : {"s", "s___b", "s___a___b", "s___a", "___s", "s___", "s____b", "s__b"}) {
      f.structure(name, 64, {{"x", int_, offset += 32}});
    }
  });
  const PackedKernels kernels({kernel});
  const std::vector<std::pair<std::string, std::size_t>> rows = {
      {"s", 3},    {"s___local", 3}, {"s___a___local", 1}, {"___s", 1},
      {"s___", 1}, {"s____b", 1},    {"s__b___local", 1},  {"s___a", 3}};
  for (const auto& [name, candidates] : rows) {
    const auto local = [&](BtfForge& f) { return f.structure(name, 4, {{"x", f.integer("int", 4, 1), 0}}); };
    const Plan plan = plan_for(local, {{.kind = Kind::field_byte_offset, .access = "0:0"}});
    INFO(name);
    CHECK(plan.minimize(Btf::parse(kernel, "kernel")).resolutions[0].candidates == candidates);
    CHECK(wrong_with_stand_in(plan, kernels, 0) == "");
  }
}

TEST_CASE("stand_in: a chain of similar types has the same order, also if it is too long to tell them apart") {
  // struct A { t *p; } with typedefs t and 90 qualifiers before each pointer. Similar types further apart than 256
  // references keep an order that must not be that of the type ids.
  constexpr int levels = 6;
  const Bytes kernel = btf_of([](BtfForge& f) {
    std::uint32_t last = f.integer("int", 4, 1);
    f.integer("long", 8, 1);
    for (int level = 0; level < levels; ++level) {
      for (int i = 0; i < 90; ++i) last = f.const_(last);
      last = f.ptr(f.typedef_("t", last));
    }
    f.structure("A", 8, {{"p", last, 0}});
  });
  const auto local = [](BtfForge& f) {
    std::uint32_t last = f.integer("int", 4, 1);
    for (int level = 0; level < levels; ++level) last = f.ptr(last);
    return f.structure("A", 8, {{"p", last, 0}});
  };
  const PackedKernels kernels({kernel});
  CHECK(kernels.verbatim_reason(0) == "");
  const Plan plan = plan_for(local, {{.kind = Kind::type_matches}});
  CHECK(statuses(plan, kernel) == "r");
  CHECK(wrong_with_stand_in(plan, kernels, 0) == "");
}

}  // namespace minbtf::test
