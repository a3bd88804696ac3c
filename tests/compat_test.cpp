// Compatibility of fields and of types. The rules are those of libbpf's bpf_core_fields_are_compat() and
// bpf_core_types_are_compat().
#include "core/compat.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;
using MakeType = std::function<std::uint32_t(BtfForge&)>;

/// Is a member of type `local` compatible with one of type `target`?
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

/// Is `typedef local t` compatible with `typedef target t`?
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

}  // namespace

TEST_CASE("Fields are compatible by kind", "[compat]") {
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

TEST_CASE("Forward declarations are compatible by name, as the elements of nothing", "[compat]") {
  // A field of incomplete type has no size; only its existence can be asked.
  fields("same name", fwd_foo, fwd_foo, "1");
  fields("other name", fwd_foo, fwd_bar, "0");
}

TEST_CASE("Types are compatible through pointers, arrays and prototypes", "[compat]") {
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

TEST_CASE("The kind of the root is compared before typedefs are looked through", "[compat]") {
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

TEST_CASE("What is not there, and types of the object itself", "[compat]") {
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

TEST_CASE("Comparison goes 32 levels deep", "[compat]") {
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

}  // namespace minbtf::test
