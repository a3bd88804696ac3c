// SPDX-License-Identifier: BSD-2-Clause
// Poisoned instructions that are guarded by an existence check of the same program.
#include "minimize/diagnose/guards.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

/// Access strings for struct s { int here; struct t in; int list[4]; } with struct t { int x; }.
constexpr auto of_here = "0:0";
constexpr auto of_in = "0:1";
constexpr auto of_in_x = "0:1:0";
constexpr auto of_list = "0:2";
constexpr auto of_list_3 = "0:2:3";

struct Ids {
  std::uint32_t s = 0;
  std::uint32_t flavored = 0;
  std::uint32_t other = 0;
  std::uint32_t e = 0;
};

Ids declare(BtfForge& f) {
  Ids ids;
  const auto i = f.integer("int", 4, 1);
  const auto t = f.structure("t", 4, {{"x", i, 0}});
  const std::vector<ForgedMember> members = {{"here", i, 0}, {"in", t, 32}, {"list", f.array(i, i, 4), 64}};
  ids.s = f.structure("s", 24, members);
  ids.flavored = f.structure("s___old", 24, members);
  ids.other = f.structure("other", 24, members);
  ids.e = f.enumeration("e", 4, {{"A___1", 1}, {"A___2", 1}, {"B", 1}});
  return ids;
}

Ids local_ids() {
  BtfForge f;
  return declare(f);
}

/// Returns the guard of each poisoned instruction, in order: "none" or "exists".
std::string guards(const std::vector<Ask>& asks, const std::function<void(BtfForge&)>& target, bool branches = true) {
  const Built built = build({.name = "guards",
                             .local = [](BtfForge& f) { return declare(f).s; },
                             .target = target,
                             .asks = asks,
                             .expected = "",
                             .branches = branches});
  const Plan plan({BpfObject::parse(built.object, "object")});
  std::string text;
  for (const UnresolvedRelocation& failing : plan.check(Btf::parse(built.target, "kernel"))) {
    REQUIRE(failing.status == Status::poisoned);
    text += (text.empty() ? "" : " ") + std::string(to_string(failing.guard));
  }
  return text;
}

void has_nothing(BtfForge& f) { f.integer("int", 4, 1); }

/// Adds struct s { struct t {} in; } and enum e {}.
void has_in(BtfForge& f) {
  f.structure("s", 24, {{"in", f.structure("t", 4, {}), 0}});
  f.enumeration("e", 4, {});
}

}  // namespace

TEST_CASE("guards: an existence check of the access, or of a part of its path, guards if it is 0") {
  const Ask reads_x = {.access = of_in_x};
  const auto asks = [](const char* access) { return Ask{.kind = K::field_exists, .access = access}; };
  CHECK(guards({reads_x}, has_in) == "none");
  CHECK(guards({asks(of_in_x), reads_x}, has_in) == "exists");
  CHECK(guards({reads_x, asks(of_in_x)}, has_in) == "exists");  // the compiler chooses the order
  CHECK(guards({asks(of_in), reads_x}, has_nothing) == "exists");
  CHECK(guards({asks(of_here), reads_x}, has_in) == "none");
  // A part of the path that exists in the kernel: its check is 1 and does not guard.
  CHECK(guards({asks(of_in), reads_x}, has_in) == "none");
  CHECK(guards({asks(of_in_x), {.access = of_in}}, has_nothing) == "none");
  CHECK(guards({asks(of_list), {.access = of_list_3}}, has_in) == "exists");
  CHECK(guards({asks(of_list_3), {.access = of_list_3}}, has_in) == "exists");
  CHECK(guards({asks("0:2:1"), {.access = of_list_3}}, has_in) == "none");
  CHECK(guards({asks("1:0"), {.access = of_here}}, has_in) == "none");
}

TEST_CASE("guards: a check of the root type guards too, and relocations of every field kind can be guarded") {
  const Ids ids = local_ids();
  for (const K kind : {K::type_exists, K::type_matches}) {
    CHECK(guards({{.kind = kind}, {.access = of_in_x}}, has_nothing) == "exists");
    CHECK(guards({{.kind = kind, .type = ids.other}, {.access = of_in_x}}, has_nothing) == "none");
  }
  // The type exists but does not match: type_matches is 0, type_exists is 1.
  CHECK(guards({{.kind = K::type_matches}, {.access = of_here}}, has_in) == "exists");
  CHECK(guards({{.kind = K::type_exists}, {.access = of_here}}, has_in) == "none");
  CHECK(guards({{.kind = K::type_size}, {.access = of_here}}, has_in) == "none");
  for (const K kind : {K::field_byte_size, K::field_signed, K::field_lshift_u64, K::field_rshift_u64}) {
    CHECK(guards({{.kind = kind, .access = of_here}}, has_in) == "none");
    CHECK(guards({{.kind = kind, .access = of_here}, {.kind = K::field_exists, .access = of_here}}, has_in) ==
          "exists");
  }
}

TEST_CASE("guards: a check counts for local types of the same essential name only") {
  const Ids ids = local_ids();
  const Ask reads = {.access = of_here, .type = ids.flavored};
  CHECK(guards({{.kind = K::field_exists, .access = of_here}, reads}, has_in) == "exists");
  CHECK(guards({{.kind = K::field_exists, .access = of_here, .type = ids.other}, reads}, has_in) == "none");
}

TEST_CASE("guards: a check of the enumerator or of its enum guards the value of the enumerator") {
  const Ids ids = local_ids();
  const auto ask = [&](K kind, const char* access) { return Ask{.kind = kind, .access = access, .type = ids.e}; };
  CHECK(guards({ask(K::enumval_value, "0")}, has_in) == "none");
  CHECK(guards({ask(K::enumval_exists, "0"), ask(K::enumval_value, "0")}, has_in) == "exists");
  CHECK(guards({ask(K::enumval_exists, "1"), ask(K::enumval_value, "0")}, has_in) == "exists");  // by essential name
  CHECK(guards({ask(K::enumval_exists, "2"), ask(K::enumval_value, "0")}, has_in) == "none");
  CHECK(guards({ask(K::type_exists, "0"), ask(K::enumval_value, "0")}, has_nothing) == "exists");
  CHECK(guards({ask(K::type_exists, "0"), ask(K::enumval_value, "0")}, has_in) == "none");
}

TEST_CASE("guards: an existence check of another program does not count") {
  const Ask asks = {.kind = K::field_exists, .access = of_here, .program = "one"};
  CHECK(guards({asks, {.access = of_here, .program = "two"}}, has_in) == "none");
  CHECK(guards({asks, {.access = of_here, .program = "one"}, {.access = of_here, .program = "two"}}, has_in) ==
        "exists none");
}

TEST_CASE("guards: an instruction that the verifier always reaches is not guarded") {
  const std::vector<Ask> asks = {{.kind = K::field_exists, .access = of_here}, {.access = of_here}};
  CHECK(guards(asks, has_in) == "exists");
  CHECK(guards(asks, has_in, false) == "none");
}

TEST_CASE(
    "guards: a check with one local type does not guard a read with another if the kernel's type matches neither") {
  const Ids ids = local_ids();
  // The kernel's `here` is a pointer, which does not match the int of either local type. One local type is used for the
  // check, the other for the read.
  const auto pointer = [](BtfForge& f) { f.structure("s", 24, {{"here", f.ptr(f.integer("int", 4, 1)), 0}}); };
  const Ask reads = {.access = of_here};
  CHECK(guards({{.kind = K::field_exists, .access = of_here}, reads}, pointer) == "exists");
  CHECK(guards({{.kind = K::field_exists, .access = of_here, .type = ids.flavored}, reads}, pointer) == "none");
  // The kernel's struct s matches neither local type and has no `here`.
  CHECK(guards({{.kind = K::type_matches}, reads}, has_in) == "exists");
  CHECK(guards({{.kind = K::type_matches, .type = ids.flavored}, reads}, has_in) == "none");
}

TEST_CASE("guards: an existence check does not guard a load that is poisoned because of its size") {
  const auto longer = [](BtfForge& f) { f.structure("s", 24, {{"here", f.integer("long", 8, 1), 0}}); };
  CHECK(guards({{.kind = K::field_exists, .access = of_here}, {.access = of_here, .load = 4}}, longer) == "none");
}

}  // namespace minbtf::test
