// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/c_dump.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using libbpf::CDump;
using std::chrono_literals::operator""ms;

std::string text_of(const CDump& dump) {
  std::string text;
  dump.write([&](std::string_view piece) { text += piece; });
  return text;
}

std::string all_of(const Bytes& bytes) {
  const btf::View view = btf::View::parse(bytes, "f");
  return text_of(CDump::all(bytes, view));
}

std::string some_of(const BtfForge& forge, const std::vector<std::uint32_t>& ids,
                    const std::vector<std::uint32_t>& others = {}) {
  const Bytes bytes = forge.bytes();
  const btf::View view = btf::View::parse(bytes, "f");
  return text_of(CDump::some(bytes, view, ids, others));
}

std::string clang_says(const std::string& text) {
  const TempDir directory;
  const CommandResult result = run_command({TEST_CLANG, "-target", "bpf", "-Wall", "-Werror", "-c", "-x", "c",
                                            directory.write("dump.h", text), "-o", directory.file("dump.o")});
  return result.status == 0 ? "" : result.err + "in\n" + text;
}

const std::string push =
    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
    "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
    "#endif\n\n";
const std::string pop = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n";

const std::string every_kind =
    "enum e {\n\tA = -1,\n\tB = 2,\n};\n\n"
    "struct s {\n\tint a;\n\tstruct s *next;\n\tint list[2];\n\tunion {\n\t\tint x;\n\t\tlong unsigned int y;\n\t};\n"
    "\tenum e e;\n};\n\n"
    "union later;\n\n"
    "typedef struct s t;\n\n"
    "enum e64 {\n\tBIG = 1099511627776ULL,\n\tLEAST = 9223372036854775808ULL,\n};\n\n"
    "struct bits {\n\tint low: 3;\n\tint __attribute__((btf_type_tag(\"user\"))) high: 29;\n};\n\n";

}  // namespace

TEST_CASE("c_dump: all types make a header that clang accepts as vmlinux.h") {
  CHECK(all_of(EveryKind().forge.bytes()) == "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n" + push + every_kind +
                                                 pop + "\n#endif /* __VMLINUX_H__ */\n");
  CHECK(clang_says(all_of(kernel_btf())) == "");
}

TEST_CASE("c_dump: the byte order and the padding of the file make no difference") {
  const std::string text = all_of(EveryKind().forge.bytes());
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::size_t padding : {0, 4, 40}) {
      BtfForge forge = EveryKind(order).forge;
      forge.header().header_padding = padding;
      forge.header().gap = 8;
      forge.header().trailing = 3;
      CAPTURE(padding);
      CHECK(all_of(forge.bytes()) == text);
    }
  }
  CHECK(all_of(kernel_btf("eb")) == all_of(kernel_btf("el")));
}

TEST_CASE("c_dump: one type is written with what it needs") {
  const EveryKind all;
  CHECK(some_of(all.forge, {all.enum_}) == "/* enum e [7] */\n\nenum e {\n\tA = -1,\n\tB = 2,\n};\n\n");
  CHECK(some_of(all.forge, {all.fwd}) == "/* fwd later [8] */\n\n" + push + "union later;\n\n" + pop);
  CHECK(some_of(all.forge, {all.ptr}) ==
        "/* ptr [3] */\n\n" + push + "struct s;\n\ntypedef struct s *type_3;\n\n" + pop);
  CHECK(some_of(all.forge, {all.int_}) == "/* int int [1] */\n\ntypedef int type_1;\n\n");
  CHECK(some_of(all.forge, {all.func}) ==
        "/* func function [14] */\n\n" + push +
            "struct s;\n\nextern int function(volatile const int x, struct s * restrict y, ...);\n\n" + pop);
  CHECK(some_of(all.forge, {all.datasec}) == "/* datasec [16] */\n\nextern int variable;\n\n");
  const std::string typedef_ = some_of(all.forge, {all.typedef_});
  CHECK_THAT(typedef_, Catch::Contains("enum e {") && Catch::Contains("struct s {") &&
                           Catch::Contains("typedef struct s t;\n\n" + pop));
  CHECK_THAT(typedef_, !Catch::Contains("bits"));
}

TEST_CASE("c_dump: clang accepts every type by itself") {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const EveryKind all(order);
    for (std::uint32_t id = 1; id < all.forge.next_id(); ++id) {
      CAPTURE(id);
      if (id != all.decl_tag) CHECK(clang_says(some_of(all.forge, {id})) == "");
    }
  }
}

TEST_CASE("c_dump: other types of the name are listed by id") {
  BtfForge forge;
  std::vector<std::uint32_t> others;
  const std::uint32_t first = forge.typedef_("t", 0);
  for (int i = 0; i < 7; ++i) others.push_back(forge.typedef_("t", 0));
  const std::string end = " */\n\ntypedef void t;\n\n";
  CHECK(some_of(forge, {first}, {2}) == "/* typedef t [1]; not shown, of the same name: typedef [2]" + end);
  CHECK(some_of(forge, {first}, others) ==
        "/* typedef t [1]; not shown, of the same name: typedef [2], typedef [3], typedef [4], typedef [5], typedef "
        "[6] and 2 more" +
            end);
}

TEST_CASE("c_dump: a function without parameters takes void") {
  BtfForge forge;
  const std::uint32_t none = forge.func_proto(0, {});
  const std::uint32_t func = forge.func("f", none);
  CHECK_THAT(some_of(forge, {func}), Catch::Contains("extern void f(void);"));
  const std::uint32_t pointers = forge.typedef_("t", forge.array(forge.ptr(none), 1, 2));
  CHECK_THAT(some_of(forge, {pointers}), Catch::Contains("typedef void (*t[2])(void);"));
}

TEST_CASE("c_dump: a type tag with kind_flag is an attribute by itself") {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::size_t padding : {0, 8}) {
      BtfForge forge(order);
      forge.header().header_padding = padding;
      forge.header().gap = 4;
      const std::uint32_t cred = forge.structure("cred", 4, {{"uid", forge.integer("int", 4, 1), 0}});
      const auto tag = [&](const std::string& name, std::uint32_t type, bool kind_flag) {
        return forge.type(name, btf::Kind::type_tag, 0, kind_flag, type);
      };
      forge.typedef_("cred_t", tag("rcu", tag("address_space(1)", cred, true), false));
      // A type tag and an attribute may have the same name.
      forge.typedef_("p", forge.ptr(tag("noderef", tag("noderef", cred, false), true)));
      const std::string text = all_of(forge.bytes());
      CHECK_THAT(text, Catch::Contains("typedef struct cred __attribute__((address_space(1))) "
                                       "__attribute__((btf_type_tag(\"rcu\"))) cred_t;\n"));
      CHECK_THAT(text, Catch::Contains("typedef struct cred __attribute__((btf_type_tag(\"noderef\"))) "
                                       "__attribute__((noderef)) *p;\n"));
      CHECK(clang_says(text) == "");
      CHECK_THAT(some_of(forge, {5}), Catch::Contains("__attribute__((address_space(1)))"));
    }
  }
}

TEST_CASE("c_dump: kfuncs are declared behind all types, by name, each name once") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  const std::uint32_t later = forge.func("zeta", forge.func_proto(0, {}));
  const std::uint32_t first =
      forge.func("alpha", forge.func_proto(int_, {{"s", forge.ptr(forge.next_id() + 5)}, {"", 0}}));
  const std::uint32_t again = forge.func("alpha", forge.func_proto(0, {}));
  forge.structure("s", 4, {{"a", int_, 0}});
  const std::uint32_t other = forge.func("other", forge.func_proto(0, {}));
  CHECK_THAT(all_of(forge.bytes()), !Catch::Contains("ksym"));
  forge.decl_tag("bpf_kfunc", later, 0xffffffff);
  forge.decl_tag("bpf_kfunc", again, 0xffffffff);
  forge.decl_tag("bpf_kfunc", first, 0xffffffff);
  forge.decl_tag("bpf_fastcall", later, 0xffffffff);
  // Tags that mark no kfunc: a tag of a parameter, a tag of an INT, and a tag with another name.
  forge.decl_tag("bpf_kfunc", other, 0);
  forge.decl_tag("bpf_kfunc", int_, 0xffffffff);
  forge.decl_tag("bpf_kfuncs", other, 0xffffffff);
  const std::string text = all_of(forge.bytes());
  CHECK_THAT(text, Catch::Contains("#define __ksym __attribute__((section(\".ksyms\")))\n"));
  CHECK_THAT(text, Catch::EndsWith("\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n"
                                   "extern int alpha(struct s *s, ...) __weak __ksym;\n"
                                   "extern __bpf_fastcall void zeta(void) __weak __ksym;\n"
                                   "#endif\n\n" +
                                   pop + "\n#endif /* __VMLINUX_H__ */\n"));
  CHECK(clang_says(text) == "");
  CHECK(clang_says("#define __ksym __attribute__((section(\".ksyms\")))\n#define BPF_NO_KFUNC_PROTOTYPES\n" + text) ==
        "");
}

TEST_CASE("c_dump: a kfunc with a name that C uses otherwise has a comment in place of a prototype") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  const std::uint32_t prototype = forge.func_proto(int_, {});
  forge.typedef_("cred_t", int_);
  forge.typedef_("cred_t", prototype);
  forge.enumeration("e", 4, {{"RED", 1}});
  forge.enumeration64("e64", 8, {{"BLUE", 1}});
  forge.structure("record", 4, {{"member", int_, 0}});
  const std::vector<std::string> taken = {
      "BLUE",   "RED",   "__ksym",   "__weak",     "asm",        "cred_t",   "cred_t___2", "switch",
      "typeof", "_Bool", "__int128", "_Decimal32", "__int128_t", "_Nonnull", "__LINE__",   "__builtin_trap"};
  // Tags and members have name spaces of their own.
  const std::vector<std::string> free = {"e", "member", "record", "switches"};
  for (const auto* names : {&taken, &free}) {
    for (const std::string& name : *names) forge.decl_tag("bpf_kfunc", forge.func(name, prototype), 0xffffffff);
  }
  const std::string text = all_of(forge.bytes());
  CHECK(clang_says(text) == "");
  for (const std::string& name : taken) {
    CHECK_THAT(text, Catch::Contains("\n/* no prototype of " + name + " ["));
    CHECK_THAT(text, !Catch::Contains(" " + name + "(void) __weak __ksym;"));
  }
  for (const std::string& name : free)
    CHECK_THAT(text, Catch::Contains("extern int " + name + "(void) __weak __ksym;\n"));
  CHECK_THAT(text, Catch::Contains("/* no prototype of RED [") &&
                       Catch::Contains("]: C has another meaning for the name */\n"));
}

TEST_CASE("c_dump: a kfunc that cannot be declared in C is refused by its id") {
  const auto error_of = [](const std::function<std::uint32_t(BtfForge&)>& add) {
    BtfForge forge;
    forge.decl_tag("bpf_kfunc", add(forge), 0xffffffff);
    return error_text([&] { all_of(forge.bytes()); });
  };
  CHECK_THAT(error_of([](BtfForge& f) { return f.func("a b", f.func_proto(0, {})); }),
             Catch::StartsWith("unsupported: f: types+0xc: type [2] func 'a b' has a name that C does not accept"));
  CHECK_THAT(error_of([](BtfForge& f) { return f.func("f", f.integer("int", 4)); }),
             Catch::StartsWith("damaged: f: types+0x10: type [2] func 'f' has no prototype"));
  // A long prototype that 2000 kfuncs share.
  BtfForge forge;
  std::vector<ForgedParam> params(60000, {"p", forge.integer("int", 4, 1)});
  const std::uint32_t prototype = forge.func_proto(0, params);
  for (int i = 0; i < 2000; ++i) {
    forge.decl_tag("bpf_kfunc", forge.func("f" + std::to_string(i), prototype), 0xffffffff);
  }
  CHECK_THAT(error_text([&] { all_of(forge.bytes()); }), Catch::Contains("makes the text too long"));
}

TEST_CASE("c_dump: a name of 511 bytes is written completely") {
  BtfForge forge;
  const std::string name(511, 'n');
  CHECK_THAT(some_of(forge, {forge.typedef_(name, 0)}), Catch::Contains("typedef void " + name + ";\n"));
}

TEST_CASE("c_dump: the text is written in pieces, and an exception of the writer reaches the caller") {
  BtfForge forge;
  for (int i = 0; i < 20000; ++i) forge.typedef_("type_number_" + std::to_string(i), 0);
  const Bytes bytes = forge.bytes();
  const btf::View view = btf::View::parse(bytes, "f");
  const CDump dump = CDump::all(bytes, view);
  std::size_t largest = 0;
  std::size_t sum = 0;
  dump.write([&](std::string_view piece) {
    largest = std::max(largest, piece.size());
    sum += piece.size();
  });
  CHECK(sum > 500000);
  CHECK(largest < 70000);
  CHECK(error_text([&] { dump.write([](std::string_view) { throw Error(ErrorKind::io, "out", "", "full"); }); }) ==
        "io: out: full");
}

TEST_CASE("c_dump: corrupted BTF is either refused or written") {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  std::size_t written = 0;
  std::size_t refused = 0;
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const Bytes whole = EveryKind(order).forge.bytes();
    for (int i = 0; i < 4000; ++i) {
      Bytes bytes = whole;
      for (auto flips = random() % 3; flips < 3; ++flips) {
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 24);
      }
      const CpuLimit limit(2000ms, "corruption " + std::to_string(i));
      const std::string error = error_text([&] {
        const btf::View view = btf::View::parse(bytes, "f");
        for (std::uint32_t id = 1; id < view.id_end(); ++id) {
          static_cast<void>(error_text([&] { text_of(CDump::some(bytes, view, {id}, {})); }));
        }
        text_of(CDump::all(bytes, view));
      });
      CHECK_THAT(error, !Catch::StartsWith("internal: "));
      ++(error == "no error" ? written : refused);
    }
  }
  CHECK(written > 500);
  CHECK(refused > 500);
}

}  // namespace minbtf::test
