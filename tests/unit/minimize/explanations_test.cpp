// SPDX-License-Identifier: BSD-2-Clause
// The text of each reason why a relocation is not resolved, and the candidate that the text describes.
#include "minimize/diagnose/explanations.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

/// Returns the reports of Plan::check() for a row: "poisoned: WHY; failed: WHY".
std::string reasons(const Case& row) {
  const Built built = build(row);
  const Plan plan({BpfObject::parse(built.object, "object")});
  std::string text;
  for (const UnresolvedRelocation& failing : plan.check(Btf::parse(built.target, "kernel"))) {
    if (!text.empty()) text += "; ";
    text += (failing.status == Status::failed ? "failed: " : "poisoned: ") + to_string(failing.why);
  }
  return text;
}

void check_reasons(const Case& row) {
  INFO("case: " << row.name);
  CHECK(reasons(row) == row.expected);
}

/// Access strings for struct s { int a; struct t b; int c[4]; } with struct t { int *d; }.
constexpr auto of_a = "0:0";
constexpr auto of_b_d = "0:1:0";
constexpr auto of_c_3 = "0:2:3";

std::uint32_t local_s(BtfForge& f) {
  const auto i = f.integer("int", 4, 1);
  const auto t = f.structure("t", 8, {{"d", f.ptr(i), 0}});
  return f.structure("s", 32, {{"a", i, 0}, {"b", t, 64}, {"c", f.array(i, i, 4), 128}});
}

/// Returns a forge of a kernel with a struct of these members.
auto target_s(std::function<std::vector<ForgedMember>(BtfForge& f, std::uint32_t i)> members,
              const std::string& name = "s") {
  return [=](BtfForge& f) {
    const auto i = f.integer("int", 4, 1);
    f.structure(name, 64, members(f, i));
  };
}

}  // namespace

TEST_CASE("explanations: the first missing member is named, with the path to it") {
  check_reasons({.name = "no member",
                 .local = local_s,
                 .target = target_s([](auto&, auto i) {
                   return std::vector<ForgedMember>{{"x", i, 0}};
                 }),
                 .asks = {{.access = of_a}, {.access = of_b_d}, {.access = of_c_3}},
                 .expected = "poisoned: s.a: no such member; poisoned: s.b: no such member; "
                             "poisoned: s.c: no such member"});
  check_reasons({.name = "no member of a member, whose type is named",
                 .local = local_s,
                 .target = target_s([](auto& f, auto i) {
                   return std::vector<ForgedMember>{{"b", f.structure("u", 4, {{"x", i, 0}}), 0}};
                 }),
                 .asks = {{.access = of_b_d}},
                 .expected = "poisoned: s.b.d: no such member in struct u"});
  check_reasons({.name = "no member of a member, whose type has no name",
                 .local = local_s,
                 .target = target_s([](auto& f, auto i) {
                   return std::vector<ForgedMember>{{"b", f.structure("", 4, {{"x", i, 0}}), 0}};
                 }),
                 .asks = {{.access = of_b_d}},
                 .expected = "poisoned: s.b.d: no such member"});
  check_reasons({.name = "anonymous members are not part of a path",
                 .local =
                     [](BtfForge& f) {
                       const auto i = f.integer("int", 4, 1);
                       const auto u = f.union_("", 4, {{"a", i, 0}});
                       return f.structure("s", 8, {{"x", i, 0}, {"", u, 32}});
                     },
                 .target = target_s([](auto&, auto i) {
                   return std::vector<ForgedMember>{{"x", i, 0}};
                 }),
                 .asks = {{.access = "0:1:0"}},
                 .expected = "poisoned: s.a: no such member"});
  check_reasons({.name = "flavors are not part of a path",
                 .local =
                     [](BtfForge& f) {
                       return f.structure("s___old", 4, {{"a", f.integer("int", 4, 1), 0}});
                     },
                 .target = target_s([](auto&, auto i) {
                   return std::vector<ForgedMember>{{"x", i, 0}};
                 }),
                 .asks = {{.access = of_a}},
                 .expected = "poisoned: s.a: no such member"});
  check_reasons({.name = "an element of the root",
                 .local = local_s,
                 .target = target_s([](auto&, auto i) {
                   return std::vector<ForgedMember>{{"x", i, 0}};
                 }),
                 .asks = {{.access = "2:0"}},
                 .expected = "poisoned: s[2].a: no such member"});
}

TEST_CASE("explanations: a missing type is named, with a type of another kind that has its name") {
  check_reasons({.name = "none",
                 .local = local_s,
                 .target = [](BtfForge& f) { f.integer("int", 4, 1); },
                 .asks = {{.access = of_b_d}, {.kind = K::field_exists, .access = of_a}},
                 .expected = "poisoned: struct s: no such type"});
  check_reasons({.name = "a union",
                 .local = local_s,
                 .target =
                     [](BtfForge& f) {
                       f.union_("s___flavored", 4, {{"a", f.integer("int", 4, 1), 0}});
                     },
                 .asks = {{.access = of_a}},
                 .expected = "poisoned: struct s: no such type, only union s"});
  check_reasons({.name = "a typedef",
                 .local = local_s,
                 .target =
                     [](BtfForge& f) {
                       const auto i = f.integer("int", 4, 1);
                       f.typedef_("s", f.structure("", 4, {{"a", i, 0}}));
                     },
                 .asks = {{.access = of_a}},
                 .expected = "poisoned: struct s: no such type, only typedef s"});
  check_reasons({.name = "a forward declaration, which is not mentioned",
                 .local = local_s,
                 .target = [](BtfForge& f) { f.fwd("s"); },
                 .asks = {{.access = of_a}},
                 .expected = "poisoned: struct s: no such type"});
}

TEST_CASE("explanations: an incompatible member is explained by its types in the kernel and in the object") {
  const auto as = [](const std::string& name, std::function<std::uint32_t(BtfForge&, std::uint32_t)> type,
                     const std::string& access, const std::string& expected) {
    check_reasons({.name = name,
                   .local = local_s,
                   .target = target_s([&](auto& f, auto i) {
                     const std::uint32_t id = type(f, i);
                     return std::vector<ForgedMember>{{"a", id, 0}, {"b", id, 0}, {"c", id, 0}, {"z", i, 0}};
                   }),
                   .asks = {{.access = access}},
                   .expected = expected});
  };
  as(
      "a pointer", [](auto& f, auto i) { return f.ptr(i); }, of_a,
      "poisoned: s.a: incompatible: pointer there, int in the object");
  as(
      "a struct behind typedefs and qualifiers",
      [](auto& f, auto) { return f.const_(f.typedef_("t_t", f.structure("t", 4, {}))); }, of_a,
      "poisoned: s.a: incompatible: struct t there, int in the object");
  as(
      "a union without a name", [](auto& f, auto) { return f.union_("", 4, {}); }, of_a,
      "poisoned: s.a: incompatible: anonymous union there, int in the object");
  as(
      "an integer instead of a struct", [](auto& f, auto) { return f.integer("long", 8, 1); }, of_b_d,
      "poisoned: s.b: incompatible: long there, struct t in the object");
  as(
      "an array of other elements, whose number is not mentioned",
      [](auto& f, auto i) { return f.array(f.ptr(i), i, 9); }, of_c_3,
      "poisoned: s.c: incompatible: array of pointer there, array of int in the object");
  as(
      "an enum", [](auto& f, auto) { return f.enumeration("e", 4, {}); }, of_a,
      "poisoned: s.a: incompatible: enum e there, int in the object");
  as(
      "an integer of old bitfields", [](auto& f, auto) { return f.integer("int", 4, 1, 3, 5); }, of_a,
      "poisoned: s.a: incompatible: int of another form there");
  as(
      "an array that is too short", [](auto& f, auto i) { return f.array(i, i, 2); }, of_c_3,
      "poisoned: s.c[3]: incompatible: the array is too short there");
  as(
      "many dimensions",
      [](auto& f, auto i) {
        for (int n = 0; n < 9; ++n) i = f.array(i, i, 2);
        return i;
      },
      of_a, "poisoned: s.a: incompatible: array of array of array of array of arrays there, int in the object");
}

TEST_CASE("explanations: an incompatible typedef is explained by the type that it resolves to") {
  const auto local = [](BtfForge& f) {
    const auto i = f.integer("int", 4, 1);
    return f.typedef_("t_t", f.structure("", 4, {{"a", i, 0}}));
  };
  check_reasons({.name = "an integer instead of a struct",
                 .local = local,
                 .target = [](BtfForge& f) { f.typedef_("t_t", f.integer("unsigned long", 8)); },
                 .asks = {{.access = "0:0"}},
                 .expected = "poisoned: t_t: incompatible: unsigned long there, anonymous struct in the object"});
  check_reasons({.name = "an integer instead of an array",
                 .local =
                     [](BtfForge& f) {
                       const auto i = f.integer("int", 4, 1);
                       return f.typedef_("t_t", f.array(i, i, 4));
                     },
                 .target = [](BtfForge& f) { f.typedef_("t_t", f.integer("int", 4, 1)); },
                 .asks = {{.access = "0:2"}},
                 .expected = "poisoned: t_t[2]: incompatible: int there, no array"});
  check_reasons({.name = "an integer instead of an enum",
                 .local =
                     [](BtfForge& f) {
                       return f.typedef_("t_t", f.enumeration("e", 4, {{"A", 1}}));
                     },
                 .target = [](BtfForge& f) { f.typedef_("t_t", f.integer("int", 4, 1)); },
                 .asks = {{.kind = K::enumval_value, .access = "0"}},
                 .expected = "poisoned: t_t: incompatible: int there, enum e in the object"});
}

TEST_CASE("explanations: a missing enumerator is named, or its enum if the enum is missing") {
  const auto local = [](BtfForge& f) { return f.enumeration("e___v2", 4, {{"A", 1}, {"B___new", 2}}); };
  check_reasons({.name = "a missing enumerator, whose existence check is not reported",
                 .local = local,
                 .target =
                     [](BtfForge& f) {
                       f.enumeration("e", 4, {{"A", 7}});
                     },
                 .asks = {{.kind = K::enumval_value, .access = "0"},
                          {.kind = K::enumval_value, .access = "1"},
                          {.kind = K::enumval_exists, .access = "1"}},
                 .expected = "poisoned: e.B: no such enumerator"});
  check_reasons({.name = "a missing enum",
                 .local = local,
                 .target = [](BtfForge& f) { f.structure("e", 0, {}); },
                 .asks = {{.kind = K::enumval_value, .access = "0"}},
                 .expected = "poisoned: enum e: no such type, only struct e"});
}

TEST_CASE("explanations: the candidate that matches furthest is explained, in any order of candidates") {
  const auto lacks_a = [](BtfForge& f, std::uint32_t) { f.structure("s", 0, {}); };
  const auto wrong_a = [](BtfForge& f, std::uint32_t i) { f.structure("s", 8, {{"a", f.ptr(i), 0}}); };
  const auto other_a = [](BtfForge& f, std::uint32_t) { f.structure("s", 8, {{"a", f.float_("double", 8), 0}}); };
  const auto has_b = [](BtfForge& f, std::uint32_t i) {
    f.structure("s___2", 8, {{"b", f.structure("u", 4, {{"x", i, 0}}), 0}});
  };
  const std::vector<std::function<void(BtfForge&, std::uint32_t)>> types = {lacks_a, wrong_a, other_a, has_b};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    check_reasons({.name = "several",
                   .local = local_s,
                   .target =
                       [&](BtfForge& f) {
                         const auto i = f.integer("int", 4, 1);
                         for (const std::size_t n : order) types[n](f, i);
                       },
                   .asks = {{.access = of_a}, {.access = of_b_d}},
                   .expected = "poisoned: s.a: incompatible: double there, int in the object; "
                               "poisoned: s.b.d: no such member in struct u"});
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("explanations: a type that was dropped by earlier relocations is mentioned") {
  const auto target = [](BtfForge& f) {
    const auto i = f.integer("int", 4, 1);
    f.structure("s", 4, {{"a", i, 0}});
    f.structure("s", 32, {{"c", f.array(i, i, 4), 0}});
  };
  check_reasons(
      {.name = "narrowed",
       .local = local_s,
       .target = target,
       .asks = {{.access = of_a}, {.access = of_c_3}},
       .expected = "poisoned: s.c[3]: incompatible: only a type s has it that earlier relocations ruled out"});
  check_reasons({.name = "the other way round",
                 .local = local_s,
                 .target = target,
                 .asks = {{.access = of_c_3}, {.access = of_a}},
                 .expected = "poisoned: s.a: incompatible: only a type s has it that earlier relocations ruled out"});
}

TEST_CASE("explanations: an ambiguity names the value that differs, not the number of candidates") {
  for (const std::uint32_t more : {0U, 1U, 5U}) {
    check_reasons({.name = "fields",
                   .local = local_s,
                   .target =
                       [&](BtfForge& f) {
                         const auto i = f.integer("int", 4, 1);
                         const auto u = f.integer("unsigned int", 4);
                         f.structure("s", 32, {{"a", i, 0}, {"c", f.array(i, i, 4), 64}});
                         f.structure("s", 32, {{"a", i, 32}, {"c", f.array(i, i, 4), 64}});
                         for (std::uint32_t n = 0; n < more; ++n) {
                           f.structure("s", 64, {{"a", u, 64}, {"c", f.array(i, i, 5 + n), 64}});
                         }
                       },
                   .asks = {{.access = of_a}, {.kind = K::type_size}},
                   .expected = more == 0 ? "failed: s.a: ambiguous: several types s disagree about the offset"
                                         : "failed: s.a: ambiguous: several types s disagree about the offset; "
                                           "failed: struct s: ambiguous: several types s disagree about the size"});
  }
  const auto two = [](std::uint32_t first, std::uint32_t second, bool is_signed) {
    return [=](BtfForge& f) {
      const auto i = f.integer("int", 4, 1);
      f.structure("s", 32, {{"a", f.integer("char", first), 0}, {"c", f.array(i, i, 4), 64}});
      f.structure("s", 32, {{"a", f.integer("char", second, is_signed ? 1 : 0), 0}, {"c", f.array(i, i, 5), 64}});
    };
  };
  check_reasons({.name = "sizes",
                 .local = local_s,
                 .target = two(4, 2, false),
                 .asks = {{.kind = K::field_byte_size, .access = of_a}, {.kind = K::field_lshift_u64, .access = of_a}},
                 .expected = "failed: s.a: ambiguous: several types s disagree about the size; "
                             "failed: s.a: ambiguous: several types s disagree about the bits"});
  check_reasons({.name = "signs",
                 .local = local_s,
                 .target = two(4, 4, true),
                 .asks = {{.kind = K::field_signed, .access = of_a}},
                 .expected = "failed: s.a: ambiguous: several types s disagree about the sign"});
  check_reasons({.name = "ids",
                 .local = local_s,
                 .target = two(4, 4, false),
                 .asks = {{.kind = K::type_id_target}},
                 .expected = "failed: struct s: ambiguous: there are several"});
  check_reasons({.name = "enumerators",
                 .local =
                     [](BtfForge& f) {
                       return f.enumeration("e", 4, {{"A", 1}});
                     },
                 .target =
                     [](BtfForge& f) {
                       f.enumeration("e", 4, {{"A", 1}});
                       f.enumeration("e", 4, {{"A", 2}});
                     },
                 .asks = {{.kind = K::enumval_value, .access = "0"}},
                 .expected = "failed: e.A: ambiguous: several types e disagree about the value"});
}

TEST_CASE("explanations: a load that cannot be adjusted to another size names both sizes") {
  const auto row = [](const std::string& name, std::function<std::uint32_t(BtfForge&)> ours,
                      std::function<std::uint32_t(BtfForge&)> theirs, std::uint32_t load, const std::string& expected) {
    check_reasons({.name = name,
                   .local =
                       [&](BtfForge& f) {
                         return f.structure("s", 8, {{"a", ours(f), 0}});
                       },
                   .target =
                       [&](BtfForge& f) {
                         f.integer("long", 8, 1);
                         f.structure("s", 8, {{"a", theirs(f), 0}});
                       },
                   .asks = {{.access = of_a, .load = load}},
                   .expected = expected});
  };
  const auto integer = [](std::uint32_t bytes, std::uint32_t encoding) {
    return [=](BtfForge& f) { return f.integer("some", bytes, encoding); };
  };
  row("signed in the object", integer(8, 1), integer(1, 0), 8,
      "poisoned: s.a: incompatible: 1 byte there, 8 in the object, and not unsigned");
  row("signed in the kernel", integer(8, 0), integer(4, 1), 8,
      "poisoned: s.a: incompatible: 4 bytes there, 8 in the object, and not unsigned there");
  row("both unsigned", integer(8, 0), integer(4, 0), 8, "");
  row("no load has that size", integer(8, 0), integer(16, 0), 8,
      "failed: s.a: no load of 1, 2, 4 or 8 bytes fits the field");
}

TEST_CASE("explanations: a failure names its subject and the rule that is broken") {
  const auto same = [](BtfForge& f) { (void)local_s(f); };
  check_reasons(
      {.name = "invalid records",
       .local = local_s,
       .target = same,
       .asks = {{.access = "0:9"}, {.access = "x"}, {.kind = static_cast<K>(77), .access = of_a}, {.type = 999}},
       .expected = "failed: struct s: the record describes no access to the type; "
                   "failed: struct s: the record describes no access to the type; "
                   "failed: struct s: unknown relocation kind; "
                   "failed: type id 999: the object's BTF has no such type"});
  check_reasons({.name = "the sign of an array element",
                 .local = local_s,
                 .target = same,
                 .asks = {{.kind = K::field_signed, .access = of_c_3}},
                 .expected = "failed: s.c[3]: not possible for an array element"});
  check_reasons({.name = "an offset that is too large",
                 .local = local_s,
                 .target =
                     [](BtfForge& f) {
                       f.structure("s", 1024, {{"a", f.integer("int", 4, 1), 0}});
                     },
                 .asks = {{.access = "100:0", .load = 4}},
                 .expected = "failed: s[100].a: offset over 32767 in a load or store"});
}

}  // namespace minbtf::test
