// The strict comparison. The rules are those of libbpf's __bpf_core_types_match().
#include "core/types_match.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;
using MakeType = std::function<std::uint32_t(BtfForge&)>;

/// Does the target's `struct s { target a; int extra; }` have what `struct s { local a; }` has?
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

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }
std::uint32_t uint_(BtfForge& f) { return f.integer("int", 4); }
std::uint32_t long_(BtfForge& f) { return f.integer("int", 8, 1); }
std::uint32_t other_int(BtfForge& f) { return f.integer("other", 4, 1); }
std::uint32_t void_ptr(BtfForge& f) { return f.ptr(0); }
std::uint32_t foo(BtfForge& f) { return f.structure("foo", 4, {{"x", int_(f), 0}}); }
std::uint32_t foo_more(BtfForge& f) { return f.structure("foo", 8, {{"w", int_(f), 0}, {"x", int_(f), 32}}); }
std::uint32_t foo_flavor(BtfForge& f) { return f.structure("foo___2", 4, {{"x", int_(f), 0}}); }
std::uint32_t foo_wrong(BtfForge& f) { return f.structure("foo", 4, {{"x", void_ptr(f), 0}}); }
std::uint32_t foo_union(BtfForge& f) { return f.union_("foo", 4, {{"x", int_(f), 0}}); }
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

TEST_CASE("Members match by name and type", "[types_match]") {
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

TEST_CASE("Behind a pointer only kind and name count", "[types_match]") {
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

TEST_CASE("Enums match by size, and by essential names of enumerators", "[types_match]") {
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

TEST_CASE("The count of members is part of the answer", "[types_match]") {
  // Both local members match the target's `a`: reduced to that alone, the target would have too few.
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

TEST_CASE("Prototypes match parameter by parameter", "[types_match]") {
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

TEST_CASE("A cycle by value is too deep", "[types_match]") {
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
