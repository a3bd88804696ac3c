// SPDX-License-Identifier: BSD-2-Clause
// Compatibility of fields and of types, and the strict comparison. The rules are those of libbpf's
// bpf_core_fields_are_compat(), bpf_core_types_are_compat() and __bpf_core_types_match().
#include "core/compat.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;
using MakeType = std::function<std::uint32_t(BtfForge&)>;

/// Checks whether a member of type `local` is compatible with a member of type `target`.
void fields(const std::string& name, const MakeType& local, const MakeType& target, const std::string& expected) {
  check({.name = name,
         .local =
             [local](BtfForge& f) {
               return f.structure("s", 8, {{"a", local(f), 0}});
             },
         .target =
             [target](BtfForge& f) {
               f.structure("s", 8, {{"a", target(f), 0}});
             },
         .asks = {{.kind = K::field_exists, .access = "0:0"}},
         .expected = expected});
}

/// Checks whether `typedef local t` is compatible with `typedef target t`.
void types(const std::string& name, const MakeType& local, const MakeType& target, const std::string& expected) {
  check({.name = name,
         .local = [local](BtfForge& f) { return f.typedef_("t", local(f)); },
         .target = [target](BtfForge& f) { f.typedef_("t", target(f)); },
         .asks = {{.kind = K::type_exists}},
         .expected = expected});
}

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }
std::uint32_t u64(BtfForge& f) { return f.integer("u64", 8); }
std::uint32_t old_bitfield(BtfForge& f) { return f.integer("int", 4, 1, 3, 2); }
std::uint32_t void_ptr(BtfForge& f) { return f.ptr(0); }
std::uint32_t int_ptr(BtfForge& f) { return f.ptr(int_(f)); }
std::uint32_t foo(BtfForge& f) { return f.structure("foo", 4, {{"x", int_(f), 0}}); }
std::uint32_t bar(BtfForge& f) { return f.structure("bar", 8, {{"y", u64(f), 0}}); }
std::uint32_t foo_union(BtfForge& f) { return f.union_("foo", 4, {{"x", int_(f), 0}}); }
std::uint32_t foo_ptr(BtfForge& f) { return f.ptr(foo(f)); }
std::uint32_t enum_e(BtfForge& f) { return f.enumeration("e", 4, {{"A", 1}}); }
std::uint32_t enum_e_flavor(BtfForge& f) { return f.enumeration("e___x", 8, {{"B", 1}}); }
std::uint32_t enum_other(BtfForge& f) { return f.enumeration("other", 4, {{"A", 1}}); }
std::uint32_t enum_anonymous(BtfForge& f) { return f.enumeration("", 4, {{"A", 1}}); }
std::uint32_t enum64_e(BtfForge& f) { return f.enumeration64("e", 8, {{"A", 1}}); }
std::uint32_t float_(BtfForge& f) { return f.float_("float", 4); }
std::uint32_t double_(BtfForge& f) { return f.float_("double", 8); }
std::uint32_t fwd_foo(BtfForge& f) { return f.fwd("foo"); }
std::uint32_t fwd_bar(BtfForge& f) { return f.fwd("bar"); }
std::uint32_t int_array(BtfForge& f) { return f.array(int_(f), int_(f), 4); }
std::uint32_t u64_array(BtfForge& f) { return f.array(u64(f), int_(f), 9); }
std::uint32_t ptr_array(BtfForge& f) { return f.array(f.ptr(0), int_(f), 4); }
std::uint32_t wrapped_int(BtfForge& f) {
  return f.typedef_("t1", f.const_(f.volatile_(f.restrict_(f.type_tag("tag", f.typedef_("t2", int_(f)))))));
}

/// Checks whether the target's `struct s { int extra; target a; }` matches `struct s { local a; }`.
void match(const std::string& name, const MakeType& local, const MakeType& target, const std::string& expected) {
  check({.name = name,
         .local =
             [local](BtfForge& f) {
               return f.structure("s", 8, {{"a", local(f), 0}});
             },
         .target =
             [target](BtfForge& f) {
               f.structure("s", 64, {{"extra", f.integer("int", 4, 1), 0}, {"a", target(f), 64}});
             },
         .asks = {{.kind = K::type_matches}},
         .expected = expected});
}

std::uint32_t uint_(BtfForge& f) { return f.integer("int", 4); }
std::uint32_t long_(BtfForge& f) { return f.integer("int", 8, 1); }
std::uint32_t other_int(BtfForge& f) { return f.integer("other", 4, 1); }
std::uint32_t foo_more(BtfForge& f) { return f.structure("foo", 8, {{"w", int_(f), 0}, {"x", int_(f), 32}}); }
std::uint32_t foo_flavor(BtfForge& f) { return f.structure("foo___2", 4, {{"x", int_(f), 0}}); }
std::uint32_t foo_wrong(BtfForge& f) { return f.structure("foo", 4, {{"x", void_ptr(f), 0}}); }
std::uint32_t fwd_struct(BtfForge& f) { return f.fwd("foo"); }
std::uint32_t fwd_union(BtfForge& f) { return f.fwd("foo", true); }
MakeType ptr_to(const MakeType& to) {
  return [to](BtfForge& f) { return f.ptr(to(f)); };
}
MakeType array_of(const MakeType& of, std::uint32_t n) {
  return [=](BtfForge& f) { return f.array(of(f), int_(f), n); };
}
MakeType enum_of(const std::string& name, std::uint32_t bytes, std::vector<ForgedEnumerator> values) {
  return [=](BtfForge& f) { return f.enumeration(name, bytes, values); };
}

}  // namespace

TEST_CASE("compat: fields are compatible by kind", "[compat]") {
  fields("integers whatever their size and sign", int_, u64, "1");
  fields("through typedefs, qualifiers and tags", int_, wrapped_int, "1");
  fields("on either side", wrapped_int, int_, "1");
  fields("not with the offset of an old bitfield", int_, old_bitfield, "0");
  fields("pointers whatever they point to", int_ptr, foo_ptr, "1");
  fields("an integer is no pointer", u64, void_ptr, "0");
  fields("composites, structs and unions mixed, whatever their names", foo, bar, "1");
  fields("struct and union", foo, foo_union, "1");
  fields("a struct is no integer", foo, int_, "0");
  fields("enums of one essential name", enum_e, enum_e_flavor, "1");
  fields("enum and enum64", enum_e, enum64_e, "1");
  fields("enums of other names are not", enum_e, enum_other, "0");
  fields("unless one has none", enum_e, enum_anonymous, "1");
  fields("an enum is no integer", enum_e, int_, "0");
  fields("floats of any size", float_, double_, "1");
  fields("arrays by their elements, whatever their number", int_array, u64_array, "1");
  fields("arrays of something else", int_array, ptr_array, "0");
  fields("an array is no integer", int_array, int_, "0");
}

TEST_CASE("compat: forward declarations are compatible by name, as elements of empty arrays", "[compat]") {
  // A field of incomplete type has no size, so only field_exists can be used for it.
  fields("same name", fwd_foo, fwd_foo, "1");
  fields("other name", fwd_foo, fwd_bar, "0");
}

TEST_CASE("compat: types are compatible through pointers, arrays and prototypes", "[compat]") {
  types("integers", int_, u64, "1");
  types("not with the offset of an old bitfield", int_, old_bitfield, "0");
  types("pointers by what they point to", int_ptr, foo_ptr, "0");
  types("the same, deeper", foo_ptr, foo_ptr, "1");
  types("a pointer to void is only one to void", void_ptr, foo_ptr, "0");
  types("void and void", void_ptr, void_ptr, "1");
  types("a struct is no union", foo, foo_union, "0");
  types("names below the root do not count", foo, bar, "1");
  types("arrays by their elements", int_array, u64_array, "1");
  types("arrays of something else", int_array, ptr_array, "0");
  types("enum and enum64", enum_e, enum64_e, "1");
  types("a float is never found", float_, float_, "0");
  const auto proto = [](const MakeType& result, const std::vector<MakeType>& params) {
    return [=](BtfForge& f) {
      std::vector<ForgedParam> made;
      for (const MakeType& param : params) made.push_back({"p", param(f)});
      return f.func_proto(result(f), made);
    };
  };
  types("prototypes", proto(int_, {foo_ptr, u64}), proto(u64, {foo_ptr, int_}), "1");
  types("another number of parameters", proto(int_, {u64}), proto(int_, {u64, u64}), "0");
  types("another parameter", proto(int_, {foo_ptr}), proto(int_, {u64}), "0");
  types("another result", proto(foo_ptr, {u64}), proto(int_, {u64}), "0");
}

TEST_CASE("compat: the kind of the root is compared before typedefs are skipped", "[compat]") {
  const auto typedef_foo = [](BtfForge& f) { return f.typedef_("foo", foo(f)); };
  check({.name = "typedef asked, struct there",
         .local = typedef_foo,
         .target = [](BtfForge& f) { foo(f); },
         .asks = {{.kind = K::type_exists}},
         .expected = "0"});
  check({.name = "struct asked, both there",
         .local = foo,
         .target = [&](BtfForge& f) { typedef_foo(f); },
         .asks = {{.kind = K::type_exists}, {.kind = K::type_size}, {.kind = K::type_id_target}},
         .expected = "1; 4; type struct foo size 4"});
  check({.name = "struct asked, typedef of another there",
         .local = foo,
         .target = [](BtfForge& f) { f.typedef_("foo", bar(f)); },
         .asks = {{.kind = K::type_exists}},
         .expected = "0"});
}

TEST_CASE("compat: a missing type or a function does not match, and local type ids keep their values", "[compat]") {
  check({.name = "no such type",
         .local = foo,
         .target = [](BtfForge& f) { bar(f); },
         .asks =
             {{.kind = K::type_exists}, {.kind = K::type_size}, {.kind = K::type_id_target}, {.kind = K::type_matches}},
         .expected = "0; 0; no type; 0"});
  check({.name = "ids of the object's own types are left alone",
         .local = foo,
         .target = [](BtfForge& f) { bar(f); },
         .asks = {{.kind = K::type_id_local}},
         .expected = "2"});
  check({.name = "a function is never found",
         .local = [](BtfForge& f) { return f.func("go", f.func_proto(0, {})); },
         .target = [](BtfForge& f) { f.func("go", f.func_proto(0, {})); },
         .asks = {{.kind = K::type_exists}},
         .expected = "0"});
}

TEST_CASE("compat: comparisons are limited to 32 levels", "[compat]") {
  const auto pointers = [](int levels) {
    return [levels](BtfForge& f) {
      auto id = int_(f);
      for (int i = 0; i < levels; ++i) id = f.ptr(id);
      return id;
    };
  };
  types("31 pointers", pointers(31), pointers(31), "1");
  types("32 pointers", pointers(32), pointers(32), "failed: a type in the way has no size, or nests over 32 levels");
  const auto endless = [](BtfForge& f) { return f.ptr(f.next_id()); };
  types("a pointer to itself", endless, endless, "failed: a type in the way has no size, or nests over 32 levels");
}

TEST_CASE("compat: members match by name and type", "[types_match]") {
  match("same", int_, int_, "1");
  match("an integer of another sign", int_, uint_, "0");
  match("of another size", int_, long_, "0");
  match("of another name", int_, other_int, "0");
  match("a struct that has more", foo, foo_more, "1");
  match("a struct that has less", foo_more, foo, "0");
  match("a flavor", foo, foo_flavor, "1");
  match("a struct whose member is of another type", foo, foo_wrong, "0");
  match("a union", foo, foo_union, "0");
  match("array of the same length", array_of(int_, 4), array_of(int_, 4), "1");
  match("of another length", array_of(int_, 4), array_of(int_, 5), "0");
  match("a forward declaration", fwd_struct, fwd_struct, "1");
  match("of the other kind", fwd_struct, fwd_union, "0");
  match("a struct for a declaration, not behind a pointer", fwd_struct, foo, "0");
}

TEST_CASE("compat: behind a pointer only kind and name are compared", "[types_match]") {
  match("whatever its members", ptr_to(foo), ptr_to(foo_wrong), "1");
  match("a union", ptr_to(foo), ptr_to(foo_union), "0");
  match("a declaration for a struct", ptr_to(foo), ptr_to(fwd_struct), "1");
  match("a declaration of a union for a struct", ptr_to(foo), ptr_to(fwd_union), "0");
  match("a struct for a declaration", ptr_to(fwd_struct), ptr_to(foo), "1");
  match("a union for a declaration of a struct", ptr_to(fwd_struct), ptr_to(foo_union), "0");
  match("a union for a declaration of a union", ptr_to(fwd_union), ptr_to(foo_union), "1");
  match("nothing and something", void_ptr, ptr_to(foo), "0");
  match("nothing and nothing", void_ptr, void_ptr, "1");
}

TEST_CASE("compat: enums match by size, and by essential names of enumerators", "[types_match]") {
  match("more of them", enum_of("e", 4, {{"A", 1}}), enum_of("e", 4, {{"Z", 0}, {"A", 5}}), "1");
  match("one missing", enum_of("e", 4, {{"A", 1}, {"B", 2}}), enum_of("e", 4, {{"Z", 0}, {"A", 5}}), "0");
  match("another size", enum_of("e", 4, {{"A", 1}}), enum_of("e", 8, {{"A", 1}}), "0");
  match("flavors", enum_of("e", 4, {{"A___1", 1}, {"A___2", 1}}), enum_of("e", 4, {{"A", 0}, {"Z", 5}}), "1");
  match("too few, though all are found", enum_of("e", 4, {{"A___1", 1}, {"A___2", 1}}), enum_of("e", 4, {{"A", 0}}),
        "0");
  match(
      "enum64", enum_of("e", 8, {{"A", 1}}),
      [](BtfForge& f) {
        return f.enumeration64("e", 8, {{"A", 1}});
      },
      "1");
}

TEST_CASE("compat: the number of members is part of the outcome", "[types_match]") {
  // Both local members match the target's `a`. A reduced target with only `a` would have too few members.
  check({.name = "two local members, one of the target's",
         .local =
             [](BtfForge& f) {
               return f.structure("s", 8, {{"a___1", int_(f), 0}, {"a___2", int_(f), 32}});
             },
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"b", int_(f), 0}, {"a", int_(f), 32}});
             },
         .asks = {{.kind = K::type_matches}},
         .expected = "1"});
  check({.name = "anonymous members match the first anonymous one that fits",
         .local =
             [](BtfForge& f) {
               const auto u = f.union_("", 4, {{"x", int_(f), 0}});
               return f.structure("s", 8, {{"", u, 0}, {"", u, 32}});
             },
         .target =
             [](BtfForge& f) {
               const auto no = f.union_("", 4, {{"y", int_(f), 0}});
               const auto yes = f.union_("", 4, {{"z", int_(f), 0}, {"x", int_(f), 0}});
               f.structure("s", 8, {{"", no, 0}, {"", yes, 32}});
             },
         .asks = {{.kind = K::type_matches}},
         .expected = "1"});
}

TEST_CASE("compat: prototypes match parameter by parameter", "[types_match]") {
  const auto proto = [](const MakeType& result, const std::vector<MakeType>& params) {
    return [=](BtfForge& f) {
      std::vector<ForgedParam> made;
      for (const MakeType& param : params) made.push_back({"", param(f)});
      return f.ptr(f.func_proto(result(f), made));
    };
  };
  match("same", proto(int_, {ptr_to(foo), int_}), proto(int_, {ptr_to(foo), int_}), "1");
  match("another number", proto(int_, {int_}), proto(int_, {int_, int_}), "0");
  match("another parameter", proto(int_, {int_}), proto(int_, {uint_}), "0");
  match("another result", proto(int_, {int_}), proto(uint_, {int_}), "0");
}

TEST_CASE("compat: a cycle by value is too deep", "[types_match]") {
  const auto endless = [](BtfForge& f) {
    const auto self = f.next_id();
    return f.structure("s", 8, {{"a", self, 0}});
  };
  check({.name = "struct of itself",
         .local = endless,
         .target = [&](BtfForge& f) { endless(f); },
         .asks = {{.kind = K::type_matches}},
         .expected = "failed: a type in the way has no size, or nests over 32 levels"});
}

}  // namespace minbtf::test
