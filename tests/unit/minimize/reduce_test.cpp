// SPDX-License-Identifier: BSD-2-Clause
// The parts of a kernel's BTF that are kept. Each row is also reduced twice, and resolved by libbpf on both BTFs
// (support/core_case.hpp).
#include "minimize/reduce/reduce.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }

/// Checks a row, and returns its reduced BTF as text with a line for each type.
std::string dump(const Case& row) {
  check(row);
  const Built built = build(row);
  // The parts that are kept are easier to read in the kernel's own layout.
  const Plan plan({BpfObject::parse(built.object, "object")}, {}, Layout::kernel);
  const Reduction reduction = plan.minimize(Btf::parse(built.target, "kernel"));
  const auto view = btf::View::parse(reduction.bytes, "reduced");
  std::string out;
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    out += number(id) + " " + std::string(btf::shape(type.kind).name) + " " + std::string(view.string(type.name_off));
    if (btf::shape(type.kind).third == btf::Third::type) out += " ->" + number(type.size_or_type);
    if (type.kind == btf::Kind::array) {
      const auto array = view.array(type);
      out += " " + number(array.nelems) + " of " + number(array.type) + " by " + number(array.index_type);
    }
    if (btf::is_composite(type.kind)) {
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        const auto member = view.member(type, i);
        out += " " + std::string(view.string(member.name_off)) + "@" + number(member.bit_offset);
        if (member.bitfield_size != 0) out += ":" + number(member.bitfield_size);
        out += "->" + number(member.type);
      }
    }
    if (btf::is_any_enum(type.kind)) {
      for (std::uint32_t i = 0; i < type.vlen; ++i)
        out += " " + std::string(view.string(view.enumerator(type, i).name_off));
    }
    out += "\n";
  }
  return out;
}

std::uint32_t local_a(BtfForge& f) { return f.structure("s", 4, {{"a", int_(f), 0}}); }
Ask exists(std::string access, std::string program = "prog") {
  return {.kind = K::field_exists, .access = std::move(access), .program = std::move(program)};
}

}  // namespace

TEST_CASE("reduce: a field keeps the path to it and its type, and nothing else", "[reduce]") {
  CHECK(dump({.name = "one of many",
              .local = local_a,
              .target =
                  [](BtfForge& f) {
                    const auto i = int_(f);
                    const auto other = f.structure("other", 8, {{"x", i, 0}});
                    const auto inner = f.union_("", 8, {{"b", other, 0}, {"a", f.typedef_("a_t", i), 0}});
                    f.structure("s", 32, {{"p", f.ptr(other), 0}, {"", inner, 64}, {"z", i, 128}});
                  },
              .asks = {exists("0:0")},
              .expected = "1"}) ==
        "1 int int\n"
        "2 struct s @64->3\n"
        "3 union  a@0->4\n"
        "4 typedef a_t ->1\n");
}

TEST_CASE("reduce: a pointer loses its pointee unless a type comparison followed it", "[reduce]") {
  const auto target = [](BtfForge& f) {
    const auto foo = f.structure("foo", 4, {{"x", int_(f), 0}});
    f.structure("s", 8, {{"a", f.ptr(foo), 0}});
    f.typedef_("t", f.ptr(f.const_(foo)));
  };
  CHECK(dump({.name = "field",
              .local =
                  [](BtfForge& f) {
                    return f.structure("s", 8, {{"a", f.ptr(0), 0}});
                  },
              .target = target,
              .asks = {exists("0:0")},
              .expected = "1"}) ==
        "1 ptr  ->0\n"
        "2 struct s a@0->1\n");
  CHECK(dump({.name = "type",
              .local = [](BtfForge& f) { return f.typedef_("t", f.ptr(f.structure("foo", 8, {}))); },
              .target = target,
              .asks = {{.kind = K::type_exists}},
              .expected = "1"}) ==
        "1 ptr  ->4\n"
        "2 struct foo\n"
        "3 typedef t ->1\n"
        "4 const  ->2\n");
}

TEST_CASE("reduce: the INT that gives the pointer size is kept if a relocation reads the size of a pointer",
          "[reduce]") {
  const auto target = [](BtfForge& f) {
    f.integer("long unsigned int", 4);
    f.integer("long int", 4, 1);
    f.structure("s", 8, {{"a", f.ptr(0), 0}});
  };
  const auto local = [](BtfForge& f) { return f.structure("s", 8, {{"a", f.ptr(0), 0}}); };
  CHECK(dump({.name = "size",
              .local = local,
              .target = target,
              .asks = {{.kind = K::field_byte_size, .access = "0:0"}},
              .expected = "4"}) ==
        "1 int long int\n"
        "2 ptr  ->0\n"
        "3 struct s a@0->2\n");
  CHECK(dump({.name = "existence", .local = local, .target = target, .asks = {exists("0:0")}, .expected = "1"}) ==
        "1 ptr  ->0\n"
        "2 struct s a@0->1\n");
}

TEST_CASE("reduce: an INT that is kept for another reason can give the pointer size", "[reduce]") {
  CHECK(dump({.name = "one INT is enough",
              .local =
                  [](BtfForge& f) {
                    return f.structure("s", 16, {{"a", f.ptr(0), 0}, {"b", f.integer("b_t", 8), 64}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.integer("long int", 8, 1);
                    f.integer("int", 4, 1);
                    const auto b = f.integer("long unsigned int", 8);
                    f.structure("s", 16, {{"a", f.ptr(0), 0}, {"b", b, 64}, {"c", f.integer("int", 4, 1), 128}});
                  },
              .asks = {{.kind = K::field_byte_size, .access = "0:0"}, exists("0:1")},
              .expected = "8; 1"}) ==
        "1 int long unsigned int\n"
        "2 ptr  ->0\n"
        "3 struct s a@0->2 b@64->1\n");
}

TEST_CASE("reduce: an INT that must come after an INT of another size does not give the pointer size", "[reduce]") {
  CHECK(dump({.name = "candidates keep their order",
              .local =
                  [](BtfForge& f) {
                    const auto b = f.integer("b_t", 8);
                    const auto c = f.integer("c_t", 4);
                    return f.structure("s", 16, {{"a", f.ptr(0), 0}, {"b", b, 64}, {"c", c, 128}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.integer("long int", 8, 1);
                    const auto c = f.integer("long unsigned int", 4);
                    const auto b = f.integer("long unsigned int", 8);
                    f.structure("s", 16, {{"a", f.ptr(0), 0}, {"b", b, 64}, {"c", c, 128}});
                  },
              .asks = {{.kind = K::field_byte_size, .access = "0:0"}, exists("0:1"), exists("0:2")},
              .expected = "8; 1; 1"}) ==
        "1 int long int\n"
        "2 int long unsigned int\n"
        "3 int long unsigned int\n"
        "4 ptr  ->0\n"
        "5 struct s a@0->4 b@64->3 c@128->2\n");
}

TEST_CASE("reduce: the INT that gives the pointer size to older loaders is kept too", "[reduce]") {
  // libbpf before 1.0 does not know the spelling of the first INT.
  CHECK(dump({.name = "two rules",
              .local =
                  [](BtfForge& f) {
                    return f.structure("s", 8, {{"a", f.ptr(0), 0}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.integer("unsigned long", 8);
                    f.integer("long int", 4, 1);
                    f.structure("s", 8, {{"a", f.ptr(0), 0}, {"b", f.integer("another long", 8), 0}});
                  },
              .asks = {{.kind = K::field_byte_size, .access = "0:0"}},
              .expected = "8"}) ==
        "1 int unsigned long\n"
        "2 int long int\n"
        "3 ptr  ->0\n"
        "4 struct s a@0->3\n");
}

TEST_CASE("reduce: an enum keeps only the enumerators on which an outcome depends", "[reduce]") {
  CHECK(dump({.name = "value",
              .local =
                  [](BtfForge& f) {
                    return f.enumeration("e", 4, {{"B", 1}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.enumeration("e", 4, {{"A", 1}, {"B", 2}, {"B___x", 3}});
                  },
              .asks = {{.kind = K::enumval_value}},
              .expected = "2"}) == "1 enum e B\n");
  CHECK(dump({.name = "type",
              .local =
                  [](BtfForge& f) {
                    return f.enumeration("e", 4, {{"B", 1}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.enumeration("e", 4, {{"A", 1}, {"B", 2}});
                  },
              .asks = {{.kind = K::type_exists}},
              .expected = "1"}) == "1 enum e\n");
  CHECK(dump({.name = "as many as were compared",
              .local =
                  [](BtfForge& f) {
                    return f.enumeration("e", 4, {{"B___1", 1}, {"B___2", 1}});
                  },
              .target =
                  [](BtfForge& f) {
                    f.enumeration("e", 4, {{"A", 1}, {"B", 2}, {"C", 2}});
                  },
              .asks = {{.kind = K::type_matches}},
              .expected = "1"}) == "1 enum e A B\n");
}

TEST_CASE("reduce: a zero-length array before another member does not become flexible", "[reduce]") {
  CHECK(dump({.name = "guard",
              .local =
                  [](BtfForge& f) {
                    const auto i = int_(f);
                    return f.structure("s", 32, {{"a", f.array(i, i, 8), 0}});
                  },
              .target =
                  [](BtfForge& f) {
                    const auto i = int_(f);
                    f.structure("s", 32, {{"a", f.array(i, i, 0), 0}, {"b", i, 0}, {"c", f.ptr(i), 64}});
                  },
              .asks = {exists("0:0"), exists("0:0:1")},
              .expected = "1; 0"}) ==
        "1 int int\n"
        "2 ptr  ->0\n"
        "3 array  0 of 1 by 1\n"
        "4 struct s a@0->3 c@64->2\n");
}

TEST_CASE("reduce: a pointer keeps its pointee if the pointer would match without it", "[reduce]") {
  // The field keeps the pointer. The type relocations do not match the pointer, and must not match the reduced one.
  const auto local = [](BtfForge& f) {
    const auto p = f.ptr(0);
    f.typedef_("t", p);
    return f.structure("s", 8, {{"a", p, 0}});
  };
  const auto target = [](BtfForge& f) {
    const auto p = f.ptr(f.structure("foo", 4, {{"x", int_(f), 0}}));
    f.typedef_("t", p);
    f.structure("s", 8, {{"a", p, 0}, {"b", f.integer("u8", 1), 0}});
  };
  check({.name = "void *",
         .local = local,
         .target = target,
         .asks = {exists("0:0"), {.kind = K::type_exists, .type = 2}, {.kind = K::type_matches, .type = 2}},
         .expected = "1; 0; 0"});
  // Here another relocation keeps the typedef itself.
  check({.name = "void *, with the typedef kept",
         .local =
             [](BtfForge& f) {
               f.typedef_("t", f.ptr(0));
               f.typedef_("t", f.ptr(f.structure("foo", 4, {})));
               return f.next_id() - 1;
             },
         .target = target,
         .asks = {{.kind = K::type_exists}, {.kind = K::type_exists, .type = 2}, {.kind = K::type_matches, .type = 2}},
         .expected = "1; 0; 0"});
}

TEST_CASE("reduce: a member that matches once it has lost its pointee replaces a later member of the same name",
          "[reduce]") {
  // The offset is that of the first `a`. type_matches needs the second `a`, until the first `a` has lost its pointee.
  CHECK(dump({.name = "two of a name",
              .local =
                  [](BtfForge& f) {
                    return f.structure("s", 8, {{"a", f.ptr(0), 0}});
                  },
              .target =
                  [](BtfForge& f) {
                    const auto something = f.ptr(f.structure("t", 4, {{"x", int_(f), 0}}));
                    f.structure("s", 16, {{"a", something, 0}, {"a", f.ptr(0), 64}});
                  },
              .asks = {{.access = "0:0"}, {.kind = K::type_matches}},
              .expected = "0; 1"}) ==
        "1 ptr  ->0\n"
        "2 struct s a@0->1\n");
}

TEST_CASE("reduce: a member that is found on another path once a member is removed does not keep its first path",
          "[reduce]") {
  // The first `a` is not a pointer, so the search continues and finds `a` in the second anonymous struct. The first
  // anonymous struct is kept for `d`, without its float. The search then finds the `a` that is nested in the first
  // struct, and the second struct is not needed.
  CHECK(dump({.name = "two paths",
              .local =
                  [](BtfForge& f) {
                    return f.structure("s", 16, {{"a", f.ptr(0), 0}, {"d", f.structure("t", 4, {}), 64}});
                  },
              .target =
                  [](BtfForge& f) {
                    const auto both =
                        f.structure("", 16, {{"d", f.structure("t", 4, {{"x", int_(f), 0}}), 0}, {"a", f.ptr(0), 64}});
                    const auto first = f.structure("", 64, {{"a", f.float_("float", 8), 64}, {"", both, 320}});
                    f.structure("s", 64, {{"", first, 0}, {"", both, 256}});
                  },
              .asks = {exists("0:0"), exists("0:1")},
              .expected = "1; 1"}) ==
        "1 ptr  ->0\n"
        "2 struct  d@0->5 a@64->1\n"
        "3 struct  @320->2\n"
        "4 struct s @0->3\n"
        "5 struct t\n");
}

TEST_CASE("reduce: a type that is kept as the type of a field does not become a candidate that matches", "[reduce]") {
  // `t` matches no question, and is kept as the type of the field. Without its pointee it would match `void *`.
  CHECK(dump({.name = "the field's typedef",
              .local =
                  [](BtfForge& f) {
                    f.typedef_("t", f.ptr(0));
                    return f.structure("s", 8, {{"a", f.ptr(0), 0}});
                  },
              .target =
                  [](BtfForge& f) {
                    const auto t = f.typedef_("t", f.ptr(f.structure("foo", 4, {{"x", int_(f), 0}})));
                    f.structure("s", 8, {{"a", t, 0}});
                  },
              .asks = {exists("0:0"), {.kind = K::type_exists, .type = 2}},
              .expected = "1; 0"}) ==
        "1 ptr  ->2\n"
        "2 struct foo\n"
        "3 struct s a@0->4\n"
        "4 typedef t ->1\n");
}

TEST_CASE("reduce: a hidden member stays hidden", "[reduce]") {
  // C does not allow two members of one name, but BTF does. For the first question the first `a` is of the wrong type
  // and hides the second `a`. The second question keeps the first `a`.
  check({.name = "two members of one name",
         .local =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", f.ptr(0), 0}});
               return local_a(f);
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 32, {{"a", f.ptr(0), 0}, {"a", int_(f), 64}});
             },
         .asks = {exists("0:0"), {.kind = K::field_exists, .access = "0:0", .type = 2}},
         .expected = "0; 1"});
}

TEST_CASE("reduce: candidates without influence are removed, and the others keep their order", "[reduce]") {
  const auto same_twice = [](BtfForge& f) {
    const auto i = int_(f);
    f.structure("s", 16, {{"a", i, 32}, {"x", f.ptr(i), 64}});
    f.structure("s", 16, {{"a", i, 32}, {"y", f.ptr(i), 64}});
    f.structure("s", 4, {{"z", i, 0}});
  };
  CHECK(dump({.name = "equal candidates",
              .local = local_a,
              .target = same_twice,
              .asks = {exists("0:0")},
              .expected = "1"}) == "1 int int\n2 struct s a@32->1\n");
  CHECK(dump({.name = "their number counts",
              .local = local_a,
              .target = same_twice,
              .asks = {exists("0:0"), {.kind = K::type_id_target, .program = "other"}},
              .expected = "1; failed: ambiguous: candidates disagree about the value"}) ==
        "1 int int\n2 struct s a@32->1\n3 struct s a@32->1\n4 struct s\n");
  CHECK(dump({.name = "another load size",
              .local = local_a,
              .target =
                  [](BtfForge& f) {
                    const auto i = f.integer("a name that sorts last", 4, 1);
                    const auto j = f.integer("long", 8, 1);
                    f.structure("s", 16, {{"a", i, 32}});
                    f.structure("s", 16, {{"a", j, 32}});
                  },
              .asks = {{.kind = K::field_byte_offset, .access = "0:0"}},
              .expected = "4"}) ==
        "1 int a name that sorts last\n2 int long\n3 struct s a@32->1\n4 struct s a@32->2\n");
}

TEST_CASE("reduce: a type that is kept as the type of a member must have no influence as a candidate", "[reduce]") {
  // Both types `s` match with the same outcome. The second is not kept as a candidate, but `holder` embeds it.
  check({.name = "embedded",
         .local =
             [](BtfForge& f) {
               const auto s = local_a(f);
               f.structure("holder", 8, {{"inner", s, 0}});
               return s;
             },
         .target =
             [](BtfForge& f) {
               const auto i = int_(f);
               f.structure("s", 16, {{"a", i, 32}});
               const auto second = f.structure("s", 16, {{"a", i, 32}, {"b", f.ptr(i), 64}});
               f.structure("holder", 24, {{"inner", second, 64}});
             },
         .asks = {exists("0:0"),
                  {.kind = K::field_byte_offset, .access = "0:0:0", .type = 3},
                  {.kind = K::type_exists, .program = "other"}},
         .expected = "1; 12; 1"});
}

TEST_CASE("reduce: a failing relocation fails in the same way on the reduced BTF", "[reduce]") {
  check({.name = "a typedef of something incomplete",
         .local =
             [](BtfForge& f) {
               return f.structure("s", 8, {{"a", f.structure("foo", 4, {}), 0}});
             },
         .target =
             [](BtfForge& f) {
               const auto fwd = f.fwd("foo");
               f.structure("s", 8, {{"a", f.typedef_("t", f.array(f.structure("foo", 8, {}), int_(f), 1)), 0}});
               f.typedef_("s_t", fwd);
             },
         .asks = {exists("0:0")},
         .expected = "0"});
  check({.name = "an array that overflows",
         .local =
             [](BtfForge& f) {
               const auto i = int_(f);
               return f.structure("s", 8, {{"a", f.array(f.array(i, i, 1), i, 1), 0}});
             },
         .target =
             [](BtfForge& f) {
               const auto i = int_(f);
               f.structure("s", 8, {{"a", f.array(f.array(i, i, 1U << 31U), i, 4), 0}});
             },
         .asks = {{.kind = K::field_byte_size, .access = "0:0"}, exists("0:0")},
         .expected = "failed: a type in the way has no size, or nests over 32 levels; 1"});
}

TEST_CASE("reduce: a relocation that needs an unknown kind is unsupported, and the others resolve", "[reduce]") {
  const Case row = {.name = "unknown kind",
                    .local =
                        [](BtfForge& f) {
                          const auto i = int_(f);
                          return f.structure("s", 8, {{"a", i, 0}, {"b", i, 32}});
                        },
                    .target =
                        [](BtfForge& f) {
                          constexpr std::uint8_t later_kind = 25;
                          f.header().layout.emplace(later_kind + 1U);
                          f.header().layout->at(later_kind) = {.info_sz = 4, .elem_sz = 0};
                          const auto unknown = f.type("later", later_kind, 0, false, 4, {0});
                          f.structure("s", 16, {{"a", unknown, 0}, {"b", int_(f), 64}});
                        },
                    .asks = {exists("0:0"), {.kind = K::field_byte_offset, .access = "0:1"}},
                    .expected = ""};
  const Built built = build(row);
  const Plan plan({BpfObject::parse(built.object, "object")});
  const Reduction reduction = plan.minimize(Btf::parse(built.target, "kernel"));
  REQUIRE(reduction.resolutions.size() == 2);
  CHECK(reduction.resolutions[0].failure == Failure::unsupported_kind);
  CHECK(reduction.resolutions[1].value == 8);
  // The reduced BTF has a header of 24 bytes, without layout section, and known kinds only.
  const auto view = btf::View::parse(reduction.bytes, "reduced");
  for (std::uint32_t id = 1; id < view.id_end(); ++id) CHECK(btf::is_known(view.type(id).kind));
  CHECK(reduction.bytes[4] == 24);
}

TEST_CASE("reduce: tags keep their names and flags, and names keep their flavor", "[reduce]") {
  const Built built = build({.name = "tags",
                             .local = local_a,
                             .target =
                                 [](BtfForge& f) {
                                   // A type tag whose kind_flag marks it as an attribute (since 2025).
                                   const auto tag = f.type("preserve", btf::Kind::type_tag, 0, true, int_(f));
                                   f.structure("s___2", 8, {{"a", tag, 32}});
                                 },
                             .asks = {exists("0:0")},
                             .expected = ""});
  // The parts that are kept are easier to read in the kernel's own layout.
  const Plan plan({BpfObject::parse(built.object, "object")}, {}, Layout::kernel);
  const Reduction reduction = plan.minimize(Btf::parse(built.target, "kernel"));
  const auto view = btf::View::parse(reduction.bytes, "reduced");
  REQUIRE(view.id_end() == 4);
  CHECK(view.string(view.type(2).name_off) == "s___2");
  CHECK(view.type(3).kind == btf::Kind::type_tag);
  CHECK(view.type(3).kind_flag);
  CHECK(view.string(view.type(3).name_off) == "preserve");
}

}  // namespace minbtf::test
