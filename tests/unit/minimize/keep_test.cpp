// SPDX-License-Identifier: BSD-2-Clause
// What is kept by name: the syntax, the selected parts, and the comparison of two BTFs.
#include "minbtf/keep.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>

#include "btf/view.hpp"
#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/same_decisions.hpp"
#include "support/pack_case.hpp"
#include "unit/minimize/btf_permute.hpp"

namespace minbtf::test {

namespace {

using Forge = std::function<void(BtfForge&)>;
using Texts = std::vector<std::string>;

std::vector<Keep> parsed(const Texts& texts) {
  std::vector<Keep> keeps;
  for (const std::string& text : texts) keeps.push_back(Keep::parse(text));
  return keeps;
}

Btf forged(const Forge& target, const std::string& name = "kernel") {
  BtfForge f;
  target(f);
  return Btf::parse(f.bytes(), name);
}

/// Returns the types of a BTF as text with a line for each type.
std::string dump(const std::vector<std::uint8_t>& bytes) {
  const auto view = btf::View::parse(bytes, "reduced");
  std::string out;
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    out += number(id) + " " + std::string(btf::shape(type.kind).name) + " " + std::string(view.string(type.name_off));
    if (btf::shape(type.kind).third == btf::Third::type) out += " ->" + number(type.size_or_type);
    if (btf::shape(type.kind).third == btf::Third::size) out += " " + number(type.size_or_type) + " bytes";
    if (type.kind == btf::Kind::array) {
      out += " " + number(view.array(type).nelems) + " of " + number(view.array(type).type);
    }
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      if (btf::is_composite(type.kind)) {
        const auto member = view.member(type, i);
        out += " " + std::string(view.string(member.name_off)) + "@" + number(member.bit_offset);
        if (member.bitfield_size != 0) out += ":" + number(member.bitfield_size);
        out += "->" + number(member.type);
      } else if (btf::is_any_enum(type.kind)) {
        const auto enumerator = view.enumerator(type, i);
        out += " " + std::string(view.string(enumerator.name_off)) + "=" +
               std::to_string(static_cast<std::int64_t>(enumerator.value));
      }
    }
    out += "\n";
  }
  return out;
}

/// Reduces a kernel for no objects. Checks that the kept parts are equal, that a second reduction changes nothing, and
/// that the order of types in the kernel has no effect. Returns the reduced BTF as text.
std::string kept(const Texts& keeps, const Forge& target) {
  const Plan plan({}, parsed(keeps));
  const Btf kernel = forged(target);
  const std::vector<std::uint8_t> bytes = plan.minimize(kernel).bytes;
  const Btf reduced = Btf::parse(bytes, "reduced");
  const Comparison found = plan.compare(kernel, reduced);
  CHECK(found.holds());
  CHECK(found.kept == plan.kept_in(kernel));
  CHECK(plan.kept_in(reduced) == plan.kept_in(kernel));
  CHECK(plan.minimize(reduced).bytes == bytes);
  BtfForge f;
  target(f);
  for (const std::uint32_t seed : {1U, 2U}) {
    CHECK(plan.minimize(Btf::parse(permute_types(f.bytes(), seed), "permuted")).bytes == bytes);
  }
  return dump(bytes);
}

/// Returns the differences of the keeps in two BTFs: "KEEP: TEXT" for each, in a line.
std::string differences(const Texts& keeps, const Forge& full, const Forge& reduced) {
  const Plan plan({}, parsed(keeps));
  const Comparison found = plan.compare(forged(full, "full"), forged(reduced, "reduced"));
  CHECK(found.holds() == found.kept_differences.empty());
  std::string text;
  for (const KeptDifference& each : found.kept_differences) {
    text += plan.keeps()[each.keep].text() + ": " + each.text + "\n";
  }
  return text;
}

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }

/// A task, its memory, and a pair of numbers.
void task(BtfForge& f) {
  const auto i = int_(f);
  f.integer("long unsigned int", 8);
  const auto mm = f.structure("mm", 8, {{"users", i, 0}, {"count", i, 32}});
  const auto pair = f.structure("pair", 8, {{"x", i, 0}, {"y", i, 32}});
  f.structure("task", 24, {{"pid", i, 0}, {"mm", f.ptr(mm), 64}, {"at", pair, 128}});
  f.structure("other", 4, {{"a", i, 0}});
}

}  // namespace

TEST_CASE("keep: the text of a keep is what was parsed", "[keep]") {
  for (const char* text : {"struct:sock", "union:u", "enum:skb_drop_reason", "enum:e.A", "typedef:u32", "float:double",
                           "struct:sock.__sk_common.skc_family", "int:long unsigned int", "struct:task___old"}) {
    CHECK(Keep::parse(text).text() == text);
  }
  const Keep keep = Keep::parse("union:a.b.c");
  CHECK(keep.kind == KeepKind::union_);
  CHECK(keep.name == "a");
  CHECK(keep.path == Texts{"b", "c"});
}

TEST_CASE("keep: wrong syntax has a reason", "[keep]") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "not KIND:NAME, such as struct:sock or enum:skb_drop_reason"},
      {"sock", "not KIND:NAME, such as struct:sock or enum:skb_drop_reason"},
      {"struct sock", "not KIND:NAME, such as struct:sock or enum:skb_drop_reason"},
      {"strukt:sock", "KIND is 'strukt', not struct, union, enum, typedef, int or float"},
      {":sock", "KIND is '', not struct, union, enum, typedef, int or float"},
      {"func:tcp_v4_rcv", "functions are not kept; what attaches to functions needs the running kernel's own BTF"},
      {"enum64:e", "enum also keeps enums of 64 bits"},
      {"fwd:s", "a forward declaration has no contents; keep the struct or union"},
      {"struct:", "NAME is missing"},
      {"struct:.a", "NAME is missing"},
      {"struct:s.", "MEMBER is missing"},
      {"struct:s..a", "MEMBER is missing"},
      {"struct:a b", "NAME is 'a b', which is not a name in C"},
      {"struct:a,struct:b", "NAME is 'a,struct:b', which is not a name in C"},
      {"struct:s.a[0]", "MEMBER is 'a[0]', which is not a name in C"},
      {"struct:s*", "NAME is 's*', which is not a name in C"},
      {"struct:s\n", "NAME has a control character"},
      {"struct:s.\x7f", "MEMBER has a control character"},
      {"str\nuct:s", "KIND has a control character"},
      {"int:int.a", "an int or float has no members"},
      {"enum:e.A.b", "an enumerator has no members"},
  };
  for (const auto& [text, reason] : rows) {
    INFO(text);
    CHECK_THROWS_WITH(Keep::parse(text), reason);
    CHECK_THROWS_AS(Keep::parse(text), std::invalid_argument);
  }
}

TEST_CASE("keep: a plan has each keep once, sorted by kind, name and path", "[keep]") {
  const Plan plan({}, parsed({"enum:e", "struct:t", "struct:s.b", "struct:s", "struct:t", "struct:s.a"}));
  Texts texts;
  for (const Keep& keep : plan.keeps()) texts.push_back(keep.text());
  CHECK(texts == Texts{"struct:s", "struct:s.a", "struct:s.b", "struct:t", "enum:e"});
  CHECK(Plan({}).keeps().empty());
}

TEST_CASE("keep: a whole struct has all members, and what is in it by value is whole too", "[keep]") {
  CHECK(kept({"struct:task"}, task) ==
        "1 int long int 8 bytes\n"
        "2 int int 4 bytes\n"
        "3 ptr  ->0\n"
        "4 struct pair 8 bytes x@0->2 y@32->2\n"
        "5 struct task 24 bytes pid@0->2 mm@64->3 at@128->4\n");
}

TEST_CASE("keep: a member has its struct's size and its own type, which is whole", "[keep]") {
  CHECK(kept({"struct:task.pid"}, task) ==
        "1 int int 4 bytes\n"
        "2 struct task 24 bytes pid@0->1\n");
  CHECK(kept({"struct:task.at"}, task) ==
        "1 int int 4 bytes\n"
        "2 struct pair 8 bytes x@0->1 y@32->1\n"
        "3 struct task 24 bytes at@128->2\n");
  CHECK(kept({"struct:task.at.y"}, task) ==
        "1 int int 4 bytes\n"
        "2 struct pair 8 bytes y@32->1\n"
        "3 struct task 24 bytes at@128->2\n");
}

TEST_CASE("keep: a pointer leads to its type only if a keep names that type", "[keep]") {
  CHECK(kept({"struct:task.mm"}, task) ==
        "1 int long int 8 bytes\n"
        "2 ptr  ->0\n"
        "3 struct task 24 bytes mm@64->2\n");
  CHECK(kept({"struct:task.mm", "struct:mm.count"}, task) ==
        "1 int long int 8 bytes\n"
        "2 int int 4 bytes\n"
        "3 ptr  ->4\n"
        "4 struct mm 8 bytes count@32->2\n"
        "5 struct task 24 bytes mm@64->3\n");
  // A path does not lead through a pointer.
  CHECK(kept({"struct:task.mm.count"}, task) == "1 struct task 24 bytes\n");
  // Pointers to pointers and qualifiers, and a type that points to itself.
  const auto chain = [](BtfForge& f) {
    const auto s = f.next_id() + 5;
    const auto inner = f.ptr(s);
    const auto outer = f.ptr(f.const_(inner));
    f.structure("s", 16, {{"pp", outer, 0}, {"fn", f.ptr(f.func_proto(0, {{"s", inner}})), 64}});
  };
  CHECK(kept({"struct:s"}, chain) ==
        "1 ptr  ->0\n"
        "2 ptr  ->4\n"
        "3 ptr  ->5\n"
        "4 struct s 16 bytes pp@0->3 fn@64->1\n"
        "5 const  ->2\n");
  // The pointee is named as a typedef only.
  const auto named = [](BtfForge& f) {
    const auto i = int_(f);
    f.structure("s", 8, {{"p", f.ptr(f.typedef_("a_t", f.structure("a", 4, {{"x", i, 0}}))), 0}});
  };
  CHECK(kept({"struct:s", "typedef:a_t"}, named) ==
        "1 int int 4 bytes\n"
        "2 ptr  ->5\n"
        "3 struct a 4 bytes x@0->1\n"
        "4 struct s 8 bytes p@0->2\n"
        "5 typedef a_t ->3\n");
}

TEST_CASE("keep: a path leads through members without a name, typedefs, qualifiers and arrays", "[keep]") {
  const auto target = [](BtfForge& f) {
    const auto i = int_(f);
    const auto element = f.structure("", 8, {{"a", i, 0}, {"b", i, 32}});
    const auto array = f.array(f.const_(f.typedef_("element_t", element)), i, 3);
    const auto deep = f.union_("", 24, {{"x", i, 0}, {"many", array, 0}});
    const auto unnamed = f.structure("", 32, {{"z", i, 0}, {"", deep, 64}});
    f.structure("s", 40, {{"a", i, 0}, {"", unnamed, 64}, {"many_more", i, 256}});
  };
  CHECK(kept({"struct:s.many.b"}, target) ==
        "1 int int 4 bytes\n"
        "2 array  3 of 8\n"
        "3 struct  8 bytes b@32->1\n"
        "4 struct  32 bytes @64->6\n"
        "5 struct s 40 bytes @64->4\n"
        "6 union  24 bytes many@0->2\n"
        "7 typedef element_t ->3\n"
        "8 const  ->7\n");
  CHECK(kept({"struct:s.z"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct  32 bytes z@0->1\n"
        "3 struct s 40 bytes @64->2\n");
}

TEST_CASE("keep: bitfields, unions, enums, typedefs, ints and floats", "[keep]") {
  const auto target = [](BtfForge& f) {
    const auto i = int_(f);
    const auto e = f.enumeration("reason", 4, {{"NONE", 0}, {"BAD", -2}}, true);
    f.enumeration64("big", 8, {{"HUGE", 1LL << 40}, {"TINY", 1}});
    f.structure("flags", 4, {{"a", i, 0, 3}, {"b", i, 3, 5}, {"r", e, 8, 8}});
    f.union_("u", 8, {{"i", i, 0}, {"d", f.float_("double", 8), 0}});
    f.typedef_("u_t", f.const_(f.typedef_("inner_t", f.union_("", 4, {{"i", i, 0}}))));
    f.integer("long long int", 8, 1);
  };
  CHECK(kept({"struct:flags"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct flags 4 bytes a@0:3->1 b@3:5->1 r@8:8->3\n"
        "3 enum reason 4 bytes NONE=0 BAD=-2\n");
  CHECK(kept({"struct:flags.b"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct flags 4 bytes b@3:5->1\n");
  CHECK(kept({"enum:reason"}, target) == "1 enum reason 4 bytes NONE=0 BAD=-2\n");
  CHECK(kept({"enum:reason.BAD"}, target) == "1 enum reason 4 bytes BAD=-2\n");
  CHECK(kept({"enum:big"}, target) == "1 enum64 big 8 bytes HUGE=1099511627776 TINY=1\n");
  CHECK(kept({"union:u.d"}, target) ==
        "1 union u 8 bytes d@0->2\n"
        "2 float double 8 bytes\n");
  CHECK(kept({"typedef:u_t"}, target) ==
        "1 int int 4 bytes\n"
        "2 union  4 bytes i@0->1\n"
        "3 typedef inner_t ->2\n"
        "4 typedef u_t ->5\n"
        "5 const  ->3\n");
  CHECK(kept({"typedef:u_t.i"}, target) == kept({"typedef:u_t"}, target));
  CHECK(kept({"int:long long int", "float:double"}, target) ==
        "1 int long long int 8 bytes\n"
        "2 float double 8 bytes\n");
}

TEST_CASE("keep: a kernel without the type is reduced as without the keep", "[keep]") {
  CHECK(kept({"struct:nothing", "union:task", "enum:task", "struct:tas", "struct:task2.pid"}, task).empty());
  const Plan plan({}, parsed({"struct:nothing", "struct:task.nothing", "struct:task.pid"}));
  CHECK(plan.kept_in(forged(task)) == std::vector<std::size_t>{2});
  // The type stays also if it has no such member: a search by name finds it, and does not find the member in it.
  CHECK(kept({"struct:task.nothing"}, task) == "1 struct task 24 bytes\n");
}

TEST_CASE("keep: the name is compared with the flavor", "[keep]") {
  const auto target = [](BtfForge& f) {
    const auto i = int_(f);
    f.structure("s___old", 4, {{"a", i, 0}});
    f.structure("s", 4, {{"b", i, 0}});
    f.structure("s___new", 4, {{"c", i, 0}});
  };
  CHECK(kept({"struct:s"}, target) == "1 int int 4 bytes\n2 struct s 4 bytes b@0->1\n");
  CHECK(kept({"struct:s___new", "struct:s___old"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct s___old 4 bytes a@0->1\n"
        "3 struct s___new 4 bytes c@0->1\n");
}

TEST_CASE("keep: all types of one name stay in their order, and equal ones are written once", "[keep]") {
  const auto target = [](BtfForge& f) {
    const auto i = int_(f);
    f.structure("slot", 16, {{"z", i, 0}, {"number", i, 64}});
    f.structure("slot", 8, {{"number", i, 0}});
    f.structure("slot", 16, {{"z", int_(f), 0}, {"number", i, 64}});
    f.structure("slot", 4, {{"a", i, 0}});
  };
  CHECK(kept({"struct:slot"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct slot 16 bytes z@0->1 number@64->1\n"
        "3 struct slot 8 bytes number@0->1\n"
        "4 struct slot 4 bytes a@0->1\n");
  CHECK(kept({"struct:slot.number"}, target) ==
        "1 int int 4 bytes\n"
        "2 struct slot 16 bytes number@64->1\n"
        "3 struct slot 8 bytes number@0->1\n"
        "4 struct slot 4 bytes\n");
}

TEST_CASE("keep: hundreds of equal types of one name are written once", "[keep]") {
  BtfForge f;
  for (int i = 0; i < 300; ++i) {
    const auto number = int_(f);
    const auto self = f.next_id() + 1;
    f.structure("s", 16, {{"p", f.ptr(self), 0}, {"i", number, 64}});
  }
  const Plan plan({}, parsed({"struct:s"}));
  CHECK(dump(plan.minimize(Btf::parse(f.bytes(), "kernel")).bytes) ==
        "1 int int 4 bytes\n"
        "2 ptr  ->3\n"
        "3 struct s 16 bytes p@0->2 i@64->1\n");
}

TEST_CASE("keep: a kept type that is a candidate too changes no relocation", "[keep]") {
  // The relocation resolves to the second struct s, because the first one has a member `a` of another type. If only
  // member `b` of the first one stayed, or if its pointer led to void, the first one would match as well.
  struct Row {
    std::string name;
    std::function<std::uint32_t(BtfForge&)> local;
    Forge target;
    std::vector<Ask> asks;
    Texts keeps;
  };
  const auto pointer_local = [](BtfForge& f) { return f.structure("s", 8, {{"a", f.ptr(0), 0}}); };
  const auto int_local = [](BtfForge& f) { return f.structure("s", 4, {{"a", int_(f), 0}}); };
  const std::vector<Row> rows = {
      {"a type that is kept whole",
       int_local,
       [](BtfForge& f) {
         const auto i = int_(f);
         f.structure("s", 16, {{"a", f.structure("x", 4, {{"q", i, 0}}), 0}, {"b", i, 64}});
         f.structure("s", 8, {{"a", i, 32}});
       },
       {{.access = "0:0"}},
       {"struct:s"}},
      {"one member of each",
       int_local,
       [](BtfForge& f) {
         const auto i = int_(f);
         const auto wrong = f.structure("x", 4, {{"q", i, 0}});
         f.structure("s", 16, {{"a", wrong, 0}, {"b", i, 64}, {"", f.structure("", 4, {{"a", i, 0}}), 96}});
         f.structure("s", 8, {{"a", i, 32}});
       },
       {{.access = "0:0"}},
       {"struct:s.b"}},
      {"a member that a first member of this name hides",
       int_local,
       [](BtfForge& f) {
         const auto i = int_(f);
         const auto wrong = f.structure("x", 4, {{"q", i, 0}});
         const auto unnamed = f.structure("", 8, {{"c", i, 0}, {"a", i, 32}});
         f.structure("s", 16, {{"a", wrong, 0}, {"", unnamed, 64}});
         f.structure("s", 8, {{"a", i, 32}});
       },
       {{.access = "0:0"}},
       {"struct:s.c", "struct:s.a"}},
      {"a zero-length array that becomes the last member",
       [](BtfForge& f) {
         const auto i = int_(f);
         return f.structure("s", 8, {{"a", f.array(i, i, 4), 0}});
       },
       [](BtfForge& f) {
         const auto i = int_(f);
         f.structure("s", 16, {{"a", f.array(i, i, 0), 0}, {"b", i, 64}});
         f.structure("s", 32, {{"a", f.array(i, i, 4), 64}});
       },
       {{.access = "0:0:2"}},
       {"struct:s.a"}},
      {"types that are compared through pointers",
       [](BtfForge& f) { return f.typedef_("t", f.ptr(f.structure("foo", 8, {}))); },
       [](BtfForge& f) {
         const auto i = int_(f);
         f.typedef_("t", f.ptr(f.union_("foo", 4, {{"x", i, 0}})));
         f.typedef_("t", f.ptr(f.structure("foo", 4, {{"x", i, 0}})));
       },
       {{.kind = RelocationKind::type_id_target}, {.kind = RelocationKind::type_exists}},
       {"typedef:t"}},
      {"an ambiguous relocation stays ambiguous",
       pointer_local,
       [](BtfForge& f) {
         const auto i = int_(f);
         f.structure("s", 16, {{"b", i, 0}, {"a", f.ptr(i), 64}});
         f.structure("s", 8, {{"a", f.ptr(0), 0}});
         f.structure("s", 24, {{"a", f.ptr(0), 128}});
       },
       {{.access = "0:0"}},
       {"struct:s.b", "struct:s"}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Built built =
        build({.name = row.name, .local = row.local, .target = row.target, .asks = row.asks, .expected = ""});
    const Btf kernel = Btf::parse(built.target, "kernel");
    const std::vector<BpfObject> objects = {BpfObject::parse(built.object, "object")};
    const Plan plan(objects, parsed(row.keeps));
    CHECK(wrong_with_reduction(plan, kernel).empty());
    const Btf reduced = Btf::parse(plan.minimize(kernel).bytes, "reduced");
    const Comparison found = plan.compare(kernel, reduced);
    CHECK(found.holds());
    CHECK(found.kept.size() == plan.keeps().size());
    // The keeps have an effect.
    CHECK(plan.minimize(kernel).bytes != Plan(objects).minimize(kernel).bytes);
  }
}

TEST_CASE("keep: the names that are searched for are essential names", "[keep]") {
  const Plan plan({}, parsed({"enum:e", "struct:s___old.a", "int:long int"}));
  const WantedTypes wanted = plan.wanted_types(ByteOrder::little);
  CHECK(wanted.names == Texts{"e", "long int", "s"});
  CHECK(wanted.follows_pointers);
  CHECK(wanted.whole_only.empty());
  CHECK_FALSE(Plan({}, parsed({"enum:e", "int:long int"})).wanted_types(ByteOrder::big).follows_pointers);
  CHECK(Plan({}, parsed({"typedef:t"})).wanted_types_of_check(ByteOrder::big).follows_pointers);
}

TEST_CASE("keep: differences of kept parts are found and named", "[keep]") {
  const auto pair = [](std::uint32_t y, std::uint32_t bytes = 8, const char* type = "int") {
    return [=](BtfForge& f) {
      const auto i = f.integer(type, 4, 1);
      f.structure("s", bytes, {{"x", i, 0}, {"y", i, y}});
    };
  };
  const auto only = [](const char* member) {
    return [=](BtfForge& f) { f.structure("s", 8, {{member, int_(f), 32}}); };
  };
  const auto nothing = [](BtfForge& f) { int_(f); };
  CHECK(differences({"struct:s"}, pair(32), pair(32)).empty());
  CHECK(differences({"struct:s"}, pair(32), nothing) == "struct:s: REDUCED has no such type\n");
  CHECK(differences({"struct:s"}, nothing, pair(32)) == "struct:s: REDUCED has such a type, and FULL has none\n");
  CHECK(differences({"struct:s"}, pair(32), pair(64)) == "struct:s: struct s: y: FULL at bit 32, REDUCED at bit 64\n");
  CHECK(differences({"struct:s"}, pair(32), pair(32, 12)) == "struct:s: struct s: FULL 8 bytes, REDUCED 12\n");
  CHECK(differences({"struct:s"}, pair(32), only("y")) == "struct:s: struct s: FULL 2 members, REDUCED 1\n");
  CHECK(differences({"struct:s"}, pair(32), pair(32, 8, "u32")) == "struct:s: FULL int int, REDUCED int u32\n");
  CHECK(differences({"struct:s.y"}, pair(32), only("y")).empty());
  CHECK(differences({"struct:s.y"}, pair(32), only("x")) == "struct:s.y: struct s: REDUCED has no y\n");
  CHECK(differences({"struct:s.y"}, only("x"), only("x")).empty());
  CHECK(differences({"struct:s.x", "struct:s.y"}, pair(32), pair(64)) ==
        "struct:s.y: struct s: y: FULL at bit 32, REDUCED at bit 64\n");

  const auto bits = [](std::uint32_t size) {
    return [=](BtfForge& f) { f.structure("s", 4, {{"a", int_(f), 0, size}}); };
  };
  CHECK(differences({"struct:s"}, bits(3), bits(1)) ==
        "struct:s: struct s: a: FULL at bit 0 (3 bits), REDUCED at bit 0 (1 bit)\n");
  const auto values = [](const char* name, std::int64_t value, bool is_signed = false) {
    return [=](BtfForge& f) { f.enumeration("e", 4, {{"A", 0}, {name, value}}, is_signed); };
  };
  CHECK(differences({"enum:e"}, values("B", 1), values("B", 2)) == "enum:e: enum e: B: FULL 1, REDUCED 2\n");
  CHECK(differences({"enum:e"}, values("B", 1), values("C", 1)) == "enum:e: enum e: enumerator: FULL B, REDUCED C\n");
  CHECK(differences({"enum:e.B"}, values("B", 1), values("C", 1)) == "enum:e.B: enum e: REDUCED has no B\n");
  CHECK(differences({"enum:e"}, values("B", 1), values("B", 1, true)) ==
        "enum:e: enum e: kind_flag: FULL 0, REDUCED 1\n");
  const auto array = [](std::uint32_t elements) {
    return [=](BtfForge& f) {
      const auto i = int_(f);
      f.structure("s", 64, {{"a", f.array(i, i, elements), 0}});
    };
  };
  CHECK(differences({"struct:s.a"}, array(3), array(4)) == "struct:s.a: an array: FULL 3 elements, REDUCED 4\n");
  const auto integer = [](std::uint32_t encoding) { return [=](BtfForge& f) { f.integer("int", 4, encoding); }; };
  CHECK(differences({"int:int"}, integer(1), integer(0)) ==
        "int:int: int int: encoding, offset and bits: FULL 0x1000020, REDUCED 0x20\n");
  const auto several = [](const std::vector<std::uint32_t>& sizes) {
    return [=](BtfForge& f) {
      for (const std::uint32_t bytes : sizes) f.structure("s", bytes, {});
    };
  };
  CHECK(differences({"struct:s"}, several({4, 8, 4}), several({4, 8})).empty());
  CHECK(differences({"struct:s"}, several({4, 8}), several({4, 8, 8, 4})).empty());
  CHECK(differences({"struct:s"}, several({4, 8}), several({8, 4})) ==
        "struct:s: the types of this name have another order in REDUCED\n");
  CHECK(differences({"struct:s"}, several({4, 8}), several({4})) == "struct:s: struct s: FULL 8 bytes, REDUCED 4\n");
  CHECK(differences({"struct:s"}, several({4}), several({4, 8})) ==
        "struct:s: REDUCED has a type of this name that FULL has not\n");
  const auto pointer = [](bool leads, std::uint32_t long_bytes = 8) {
    return [=](BtfForge& f) {
      f.integer("long int", long_bytes, 1);
      f.structure("s", 8, {{"p", f.ptr(leads ? f.structure("t", 4, {}) : 0), 0}});
      if (!leads) f.structure("t", 4, {});
    };
  };
  CHECK(differences({"struct:s"}, pointer(true), pointer(false)).empty());
  CHECK(differences({"struct:s", "struct:t"}, pointer(true), pointer(false)) ==
        "struct:s: FULL struct t, REDUCED void (no name)\n");
  CHECK(differences({"struct:s"}, pointer(false), pointer(false, 4)) ==
        "struct:s: a pointer: FULL 8 bytes, REDUCED 4\n");
}

TEST_CASE("keep: types that contain themselves and long chains end", "[keep]") {
  const auto loops = [](BtfForge& f) {
    f.type("t", btf::Kind::typedef_, 0, false, 1);                // [1] typedef of itself
    f.array(2, 2, 3);                                             // [2] array of itself
    f.structure("s", 8, {{"", 3, 0}, {"a", 1, 0}, {"b", 2, 0}});  // [3] contains itself
    f.structure("u", 8, {{"", 5, 0}});                            // [4], [5] contain each other
    f.structure("", 8, {{"", 4, 0}, {"x", 6, 0}});
    int_(f);
  };
  const Plan plan({}, parsed({"struct:s", "struct:s.a", "struct:s.x.y", "struct:u.x", "typedef:t", "typedef:t.a"}));
  const Btf kernel = forged(loops);
  const Btf reduced = Btf::parse(plan.minimize(kernel).bytes, "reduced");
  CHECK(plan.compare(kernel, reduced).holds());
}

TEST_CASE("keep: many different types of one name are an error instead of endless work", "[keep]") {
  const auto kernel = [](std::uint32_t types) {
    return forged([=](BtfForge& f) {
      for (std::uint32_t i = 0; i < types; ++i) f.structure("s", i + 1, {});
    });
  };
  const Plan plan({}, parsed({"struct:s"}));
  CHECK(plan.minimize(kernel(500)).types == 500);
  CHECK(error_text([&] { static_cast<void>(plan.minimize(kernel(2'000))); }) ==
        "unsupported: kernel: more types that are kept by name than can be compared");
}

TEST_CASE("keep: on random kernels each relocation resolves as before, and the kept parts stay", "[keep]") {
  std::size_t found = 0;
  std::size_t paths = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    const RandomCase each = random_case(seed, seed % 4 == 0 ? Loops::any : Loops::as_c_allows);
    const Btf kernel = Btf::parse(each.kernel, "kernel");
    const btf::View& view = btf::view_of(kernel);
    std::vector<Keep> keeps;
    for (const btf::NamedType& named : view.named_types()) {
      const btf::Type type = view.type(named.id);
      if ((named.id + seed) % 3 != 0) continue;
      Keep keep = {.name = std::string(view.string(named.name_off))};
      switch (btf::core_kind(type.kind)) {
        case btf::Kind::struct_:
          keep.kind = KeepKind::struct_;
          break;
        case btf::Kind::union_:
          keep.kind = KeepKind::union_;
          break;
        case btf::Kind::enum_:
          keep.kind = KeepKind::enum_;
          break;
        case btf::Kind::typedef_:
          keep.kind = KeepKind::typedef_;
          break;
        case btf::Kind::int_:
          keep.kind = KeepKind::int_;
          break;
        default:
          continue;
      }
      if (btf::is_composite(type.kind) && type.vlen != 0 && (named.id + seed) % 2 == 0) {
        const auto member = view.member(type, static_cast<std::uint32_t>(seed) % type.vlen);
        if (!view.is_empty_string(member.name_off)) keep.path.emplace_back(view.string(member.name_off));
      }
      keeps.push_back(std::move(keep));
    }
    const Plan plan({BpfObject::parse(each.object, "object")}, keeps);
    CHECK(wrong_with_reduction(plan, kernel) == "");
    const Btf reduced = Btf::parse(plan.minimize(kernel).bytes, "reduced");
    const Comparison comparison = plan.compare(kernel, reduced);
    CHECK(comparison.kept_differences.empty());
    CHECK(plan.kept_in(reduced) == comparison.kept);
    found += comparison.kept.size();
    for (const std::size_t keep : comparison.kept) paths += plan.keeps()[keep].path.empty() ? 0 : 1;
    const PackedKernels packed({each.kernel});
    CHECK(wrong_with_stand_in(plan, packed, 0) == "");
  }
  CHECK(found > 400);
  CHECK(paths > 50);
}

}  // namespace minbtf::test
