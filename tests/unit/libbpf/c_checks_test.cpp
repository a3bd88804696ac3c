// SPDX-License-Identifier: BSD-2-Clause
// BTF that must not reach libbpf. On most of these samples bpftool 7.1 crashes, hangs, or writes text that is not C.
#include "libbpf/c_checks.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/cpu_limit.hpp"

namespace minbtf::test {

namespace {

using libbpf::CheckForC;
using std::chrono_literals::operator""ms;
using Forge = std::function<void(BtfForge&)>;

struct Case {
  std::string name;
  Forge forge;
  std::string error;  ///< expected error, or "no error"
};

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }

std::string check_all(const BtfForge& forge) {
  return error_text([&] {
    const btf::View view = btf::View::parse(forge.bytes(), "f");
    CheckForC(view).check_all();
  });
}

void check_cases(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    const CpuLimit limit(2000ms, each.name);
    BtfForge forge;
    each.forge(forge);
    CAPTURE(each.name);
    const std::string ending = each.error == "no error" ? "" : ": it cannot be written in C, only with --format=json";
    CHECK(check_all(forge) == each.error + ending);
  }
}

std::uint32_t chain(BtfForge& f, std::uint32_t length) {
  std::uint32_t type = int_(f);
  for (std::uint32_t i = 1; i < length; ++i) type = f.const_(type);
  return type;
}

/// Each struct has two members of the type before it: the last struct expands to 2^count members.
std::uint32_t doubling(BtfForge& f, std::uint32_t count, const std::string& name) {
  std::uint32_t type = int_(f);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string called = name.empty() ? "" : name + std::to_string(i);
    type = f.structure(called, 8, {{"a", type, 0}, {"b", type, 32}});
  }
  return type;
}

/// Adds a type tag with kind_flag.
void attribute(BtfForge& f, const std::string& text) { f.type(text, btf::Kind::type_tag, 0, true, 0); }

}  // namespace

TEST_CASE("c_checks: BTF as compilers write it is accepted") {
  const btf::View kernel = btf::View::parse(kernel_btf(), "kernel");
  CHECK(error_text([&] { CheckForC(kernel).check_all(); }) == "no error");
  CHECK(check_all(EveryKind().forge) == "no error");
  CHECK(check_all(EveryKind(ByteOrder::big).forge) == "no error");
  check_cases({
      {"a struct with a pointer to itself",
       [](BtfForge& f) {
         f.structure("s", 8, {{"next", f.ptr(f.next_id() + 1), 0}});
       },
       "no error"},
      {"a pointer to a function that takes its struct",
       [](BtfForge& f) {
         const std::uint32_t s = f.next_id() + 2;
         f.structure("s", 8, {{"f", f.ptr(f.func_proto(0, {{"s", s}})), 0}});
       },
       "no error"},
      {"a chain of the highest length", [](BtfForge& f) { chain(f, 128); }, "no error"},
      {"a flexible array",
       [](BtfForge& f) {
         f.structure("s", 0, {{"a", f.array(int_(f), 1, 0), 0}});
       },
       "no error"},
  });
}

TEST_CASE("c_checks: a type that contains itself is refused") {
  check_cases({
      {"a typedef of itself", [](BtfForge& f) { f.typedef_("t", 1); },
       "damaged: f: types+0x0: type [1] typedef 't' contains itself"},
      {"a pointer to itself", [](BtfForge& f) { f.ptr(1); }, "damaged: f: types+0x0: type [1] ptr contains itself"},
      {"a typedef of a pointer to it", [](BtfForge& f) { f.typedef_("t", f.ptr(2)); },
       "damaged: f: types+0xc: type [2] typedef 't' contains itself"},
      {"an array of itself", [](BtfForge& f) { f.array(1, 1, 2); },
       "damaged: f: types+0x0: type [1] array contains itself"},
      {"a prototype that takes itself",
       [](BtfForge& f) {
         f.func_proto(0, {{"f", 1}});
       },
       "damaged: f: types+0x0: type [1] func_proto contains itself"},
      {"a prototype that returns a pointer to it", [](BtfForge& f) { f.func_proto(f.ptr(2), {}); },
       "damaged: f: types+0xc: type [2] func_proto contains itself"},
      {"a struct in itself",
       [](BtfForge& f) {
         f.structure("s", 4, {{"s", 1, 0}});
       },
       "damaged: f: types+0x0: type [1] struct 's' contains itself"},
      {"a struct with a pointer to an array of it",
       [](BtfForge& f) {
         f.structure("s", 8, {{"s", f.ptr(f.array(3, 3, 2)), 0}});
       },
       "damaged: f: types+0x24: type [3] struct 's' contains itself"},
      {"an anonymous struct that points to itself",
       [](BtfForge& f) {
         f.structure("", 8, {{"s", f.ptr(2), 0}});
       },
       "damaged: f: types+0x0: type [1] ptr contains itself"},
  });
}

TEST_CASE("c_checks: types that nest too deep, or expand to too much text, are refused") {
  check_cases({
      {"one type too deep", [](BtfForge& f) { chain(f, 129); },
       "unsupported: f: types+0x604: type [129] const starts a chain of more than 128 types"},
      {"a chain of 100000 pointers",
       [](BtfForge& f) {
         for (std::uint32_t i = 0; i < 100000; ++i) f.ptr(f.next_id() + 1);
         int_(f);
       },
       "unsupported: f: types+0x600: type [129] ptr ends a chain of more than 128 types"},
      {"structs in structs",
       [](BtfForge& f) {
         std::uint32_t type = int_(f);
         for (std::uint32_t i = 0; i < 1000; ++i) type = f.structure("", 4, {{"a", type, 0}});
       },
       "unsupported: f: types+0xbf8: type [129] struct starts a chain of more than 128 types"},
      {"a tree of anonymous structs", [](BtfForge& f) { doubling(f, 100, ""); },
       "unsupported: f: types+0x274: type [19] struct makes the text too long"},
      {"a tree of named structs, which libbpf visits to align members", [](BtfForge& f) { doubling(f, 100, "s"); },
       "unsupported: f: types+0x274: type [19] struct 's17' makes the text too long"},
      {"a tree of prototypes",
       [](BtfForge& f) {
         std::uint32_t type = f.func_proto(0, {});
         for (std::uint32_t i = 0; i < 100; ++i) type = f.func_proto(type, {{"a", type}, {"b", type}});
       },
       "unsupported: f: types+0x140: type [13] func_proto makes the text too long"},
      {"lines of padding", [](BtfForge& f) { f.structure("s", 0x0fffffff, {}); },
       "unsupported: f: types+0x0: type [1] struct 's' makes the text too long"},
  });
}

TEST_CASE("c_checks: a member without a size, or beyond 256 MiB, is refused") {
  const auto member = [](auto type) {
    return [type](BtfForge& f) { f.structure("s", 16, {{"a", int_(f), 0}, {"b", type(f), 64}}); };
  };
  const std::string no_size = "has a member without a size, number 1";
  check_cases({
      {"void", member([](BtfForge&) { return 0U; }), "damaged: f: types+0x10: type [2] struct 's' " + no_size},
      {"an INT of 0 bytes", member([](BtfForge& f) { return f.integer("none", 0); }),
       "damaged: f: types+0x20: type [3] struct 's' " + no_size},
      {"an enum of 0 bytes", member([](BtfForge& f) { return f.enumeration("none", 0, {}); }),
       "damaged: f: types+0x1c: type [3] struct 's' " + no_size},
      {"an array of a forward declaration", member([](BtfForge& f) { return f.array(f.fwd("s"), 1, 2); }),
       "damaged: f: types+0x34: type [4] struct 's' " + no_size},
      {"a function", member([](BtfForge& f) { return f.typedef_("t", f.func_proto(0, {})); }),
       "damaged: f: types+0x28: type [4] struct 's' " + no_size},
      {"a struct of 256 MiB", [](BtfForge& f) { f.structure("s", 0x10000000, {}); },
       "damaged: f: types+0x0: type [1] struct 's' is larger than 256 MiB"},
      {"a member that ends beyond 256 MiB",
       [](BtfForge& f) {
         f.union_("s", 4, {{"a", int_(f), 0x7fffffe0}});
       },
       "damaged: f: types+0x10: type [2] union 's' has a member that ends beyond 256 MiB, number 0"},
      {"a member that ends at the limit",
       [](BtfForge& f) {
         f.union_("s", 4, {{"a", int_(f), 0x7fffffdf}});
       },
       "unsupported: f: types+0x10: type [2] union 's' makes the text too long"},
      {"an array of 256 MiB",
       [](BtfForge& f) {
         f.union_("s", 4, {{"a", f.array(int_(f), 1, 0x4000000), 0}});
       },
       "damaged: f: types+0x28: type [3] union 's' has a member that ends beyond 256 MiB, number 0"},
  });
}

TEST_CASE("c_checks: a name that is not valid in C is refused") {
  const std::string bad = "has a name that C does not accept";
  const auto of = [&](const std::string& type, const std::string& what) {
    return "unsupported: f: types+0x" + type + " " + what;
  };
  check_cases({
      {"a struct", [](BtfForge& f) { f.structure("a b", 0, {}); }, of("0: type [1] struct 'a b'", bad)},
      {"a comment's end", [](BtfForge& f) { f.typedef_("x*/", 0); }, of("0: type [1] typedef 'x*/'", bad)},
      {"a line's end", [](BtfForge& f) { f.fwd("x\n#error"); }, of("0: type [1] fwd 'x\n#error'", bad)},
      {"a digit first", [](BtfForge& f) { f.enumeration("1", 4, {}); }, of("0: type [1] enum '1'", bad)},
      {"an INT", [](BtfForge& f) { f.integer("int; int", 4); }, of("0: type [1] int 'int; int'", bad)},
      {"a FLOAT", [](BtfForge& f) { f.float_("a-b", 4); }, of("0: type [1] float 'a-b'", bad)},
      {"a type tag", [](BtfForge& f) { f.type_tag("a\"", 0); }, of("0: type [1] type_tag 'a\"'", bad)},
      {"a type tag's escape", [](BtfForge& f) { f.type_tag("a\\", 0); }, of("0: type [1] type_tag 'a\\'", bad)},
      {"a type tag of words", [](BtfForge& f) { f.type_tag("a, b()", 0); }, "no error"},
      {"an attribute", [](BtfForge& f) { attribute(f, "gnu::vector_size(16), aligned(8)"); }, "no error"},
      {"an attribute that ends too early", [](BtfForge& f) { attribute(f, "a)) int x; ((b"); },
       of("0: type [1] type_tag 'a)) int x; ((b'", bad)},
      {"an attribute with an open parenthesis", [](BtfForge& f) { attribute(f, "aligned(8"); },
       of("0: type [1] type_tag 'aligned(8'", bad)},
      {"an attribute with a comment", [](BtfForge& f) { attribute(f, "a/*"); }, of("0: type [1] type_tag 'a/*'", bad)},
      {"an attribute with a string", [](BtfForge& f) { attribute(f, "a(\"b\")"); },
       of("0: type [1] type_tag 'a(\"b\")'", bad)},
      {"an empty attribute", [](BtfForge& f) { attribute(f, ""); }, of("0: type [1] type_tag", bad)},
      {"an attribute of 512 letters", [](BtfForge& f) { attribute(f, std::string(512, 'a')); },
       of("0: type [1] type_tag '" + std::string(64, 'a') + "'", bad)},
      {"a member",
       [](BtfForge& f) {
         f.structure("s", 4, {{"a;", int_(f), 0}});
       },
       of("10: type [2] struct 's'", "has a member with a name that C does not accept")},
      {"an enumerator",
       [](BtfForge& f) {
         f.enumeration64("e", 8, {{"A=", 0}});
       },
       of("0: type [1] enum64 'e'", "has a value with a name that C does not accept")},
      {"a parameter",
       [](BtfForge& f) {
         f.func_proto(0, {{"a)", int_(f)}});
       },
       of("10: type [2] func_proto", "has a parameter with a name that C does not accept")},
      {"bytes that are not ASCII", [](BtfForge& f) { f.fwd("\xc3\xa9"); }, of("0: type [1] fwd '\xc3\xa9'", bad)},
      {"511 letters", [](BtfForge& f) { f.fwd(std::string(511, 'a')); }, "no error"},
      {"512 letters", [](BtfForge& f) { f.fwd(std::string(512, 'a')); },
       of("0: type [1] fwd '" + std::string(64, 'a') + "'", bad)},
      {"functions, variables and sections are not declared",
       [](BtfForge& f) {
         f.func("a.part.0", f.func_proto(0, {}));
         f.datasec(".data", 4, {{f.var("a.0", int_(f), 0), 0, 4}});
         f.decl_tag("a b", 1, 0);
       },
       "no error"},
  });
  for (const char* name : {"a", "_", "Z9", "int"}) CHECK(libbpf::is_identifier(name));
  for (const char* name : {"", "9a", "a.b", "a b", "a-"}) CHECK_FALSE(libbpf::is_identifier(name));
}

TEST_CASE("c_checks: a FUNC, VAR, DATASEC or DECL_TAG that is used as a type is refused") {
  const std::string wrong = "is used as a type";
  check_cases({
      {"a pointer to a FUNC", [](BtfForge& f) { f.ptr(f.func("f", f.func_proto(0, {}))); },
       "damaged: f: types+0xc: type [2] func 'f' " + wrong},
      {"a member that is a VAR",
       [](BtfForge& f) {
         f.structure("s", 4, {{"a", f.var("v", int_(f), 0), 0}});
       },
       "damaged: f: types+0x10: type [2] var 'v' " + wrong},
      {"an array of a DATASEC", [](BtfForge& f) { f.array(f.datasec(".d", 0, {}), 1, 1); },
       "damaged: f: types+0x0: type [1] datasec '.d' " + wrong},
      {"a parameter that is a DECL_TAG",
       [](BtfForge& f) {
         f.func_proto(0, {{"a", f.decl_tag("t", 0, 0)}});
       },
       "damaged: f: types+0x0: type [1] decl_tag 't' " + wrong},
  });
}

TEST_CASE("c_checks: a type that libbpf 1.1 cannot read is refused, even if it is not written") {
  BtfForge newer = EveryKind().forge;
  newer.type("new", 20, 0, false, 0);
  newer.header().layout = std::vector<ForgedLayout>(21);
  const btf::View view = btf::View::parse(newer.bytes(), "f");
  CHECK(
      error_text([&] { CheckForC check(view); }) ==
      "unsupported: f: types+0x1d0: type [22] of kind 20 'new' is not known to libbpf 1.1: it cannot be written in C, "
      "only with --format=json");

  BtfForge wide;
  wide.enumeration("e", 4, std::vector<ForgedEnumerator>(0xffff, {"A", 0}));
  CHECK(check_all(wide) == "no error");
  wide.enumeration("e", 4, std::vector<ForgedEnumerator>(0x10000, {"A", 0}));
  CHECK_THAT(check_all(wide),
             Catch::Contains("type [2] enum 'e' has 65536 members, and libbpf 1.1 reads 65535 at most"));
}

TEST_CASE("c_checks: only the requested type and what it needs are checked") {
  BtfForge forge;
  const std::uint32_t number = int_(forge);
  const std::uint32_t bad = forge.structure("bad", 4, {{"a b", number, 0}});
  const std::uint32_t around = forge.structure("around", 4, {{"bad", bad, 0}});
  const std::uint32_t pointer = forge.ptr(bad);
  const std::uint32_t func = forge.func("f.0", forge.func_proto(0, {}));
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  const auto check = [&](std::uint32_t id) { return error_text([&] { CheckForC(view).check({.id = id}); }); };
  CHECK(check(number) == "no error");
  CHECK(check(pointer) == "no error");
  CHECK_THAT(check(around), Catch::Contains("type [2] struct 'bad' has a member"));
  CHECK_THAT(error_text([&] { CheckForC(view).check_name(func); }), Catch::Contains("func 'f.0' has a name"));

  CheckForC sees(view);
  sees.check({.id = number});
  CHECK_FALSE(sees.has_met_record());
  sees.check({.id = pointer});
  CHECK(sees.has_met_record());
}

}  // namespace minbtf::test
