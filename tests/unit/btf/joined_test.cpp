// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel and its modules as one BTF.
#include "btf/joined.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/libbpf_btf.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array orders = {ByteOrder::little, ByteOrder::big};

/// Types 1 to 4.
BtfForge base_of(ByteOrder order) {
  BtfForge base(order);
  const auto integer = base.integer("int", 4, 1);
  base.integer("long unsigned int", 8);
  base.structure("task", 16, {{"pid", integer, 0}, {"flags", 2, 64}});
  base.func_proto(integer, {{"task", base.next_id() - 1}});
  return base;
}

/// Every kind that refers to types: 5 to 18 in its own file. `name` begins the names that are its own.
BtfForge module_of(const BtfForge& base, const std::string& name) {
  BtfForge module = BtfForge::split(base);
  const auto pointer = module.ptr(3);
  const auto inner = module.structure(name + "_inner", 16, {{"pid", 1, 0}, {"own", pointer, 64}});
  const auto elements = module.array(inner, 1, 2);
  module.union_(name + "_union", 32, {{"own", elements, 0}, {"flags", 2, 0}});
  const auto alias = module.typedef_(name + "_t", inner);
  module.const_(module.volatile_(alias));
  const auto proto = module.func_proto(0, {{"task", pointer}, {name, alias}, {"", 0}});
  const auto function = module.func(name + "_run", proto);
  const auto variable = module.var(name + "_count", 1, 1);
  module.datasec(".data..percpu", 4, {{variable, 0, 4}});
  module.decl_tag("a tag", function, 0);
  module.enumeration(name + "_mode", 4, {{"pid", 0}, {name + "_on", 1}});
  module.fwd("task");
  return module;
}

btf::Joined joined(const BtfForge& base, const std::vector<BtfForge>& modules) {
  std::vector<Bytes> bytes;
  for (const BtfForge& module : modules) bytes.push_back(module.bytes());
  std::vector<btf::ModuleBtf> list;
  for (const Bytes& each : bytes) {
    list.push_back({.bytes = each, .file = "m.ko", .module = "m" + std::to_string(list.size())});
  }
  return btf::join(btf::View::parse(base.bytes(), "vmlinux"), "vmlinux", list);
}

std::string join_error(const BtfForge& base, const BtfForge& module) {
  return error_text([&] { static_cast<void>(joined(base, {module})); });
}

/// Returns everything that a type has. Ids from `first` on are written as if they began at `own_first`.
std::string text(const btf::View& view, std::uint32_t id, std::uint32_t first, std::uint32_t own_first) {
  const auto ref = [&](std::uint32_t to) { return std::to_string(to >= first ? to - first + own_first : to); };
  const btf::Type type = view.type(id);
  const auto name = [&](std::uint32_t offset) { return std::string(view.string(offset)); };
  std::string out = std::string(btf::message_word(type.kind)) + " " + name(type.name_off);
  const auto add = [&](const std::string& word) { out += " " + word; };
  if (btf::shape(type.kind).third == btf::Third::size) add(std::to_string(type.size_or_type));
  btf::for_each_fixed_type_id(type.kind,
                              [&](btf::TypeIdField, std::size_t offset) { add("->" + ref(view.word(type, offset))); });
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (btf::is_composite(type.kind)) {
      const btf::Member member = view.member(type, i);
      add(name(member.name_off) + "@" + std::to_string(member.bit_offset) + "->" + ref(member.type));
    } else if (type.kind == btf::Kind::func_proto) {
      add(name(view.param(type, i).name_off) + "->" + ref(view.param(type, i).type));
    } else if (btf::is_any_enum(type.kind)) {
      add(name(view.enumerator(type, i).name_off));
    } else if (type.kind == btf::Kind::datasec) {
      add("->" + ref(view.variable(type, i).type));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("joined: each module has its own types, and refers to those of vmlinux and of itself") {
  for (const ByteOrder order : orders) {
    const BtfForge base = base_of(order);
    const std::vector<BtfForge> modules = {module_of(base, "a"), BtfForge::split(base), module_of(base, "b")};
    const btf::Joined all = joined(base, modules);
    REQUIRE(all.modules.size() == 3);
    const std::uint32_t count = modules[0].next_id() - base.next_id();
    CHECK(all.modules[0].first_type == 5);
    CHECK(all.modules[1].first_type == 5 + count);
    CHECK(all.modules[2].first_type == 5 + count);
    const btf::View view = btf::View::parse_in_place(all.bytes, "joined", {}, all.bytes.size(), all.modules);
    CHECK(view.id_end() == 5 + 2 * count);
    CHECK(view.base_end() == 5);
    CHECK(view.has_modules());
    CHECK(view.module_of(5).name == "m0");
    CHECK(view.module_of(4 + count).name == "m0");
    CHECK(view.module_of(5 + count).name == "m2");
    CHECK(view.own_id(4) == 4);
    CHECK(view.own_id(4 + count) == 4 + count);
    CHECK(view.own_id(5 + count) == 5);
    CHECK(view.own_id(4 + 2 * count) == 4 + count);
    const LibbpfBtf libbpf(all.bytes);
    REQUIRE(libbpf.accepted());
    CHECK(difference(libbpf, view) == "");
    // Each module behind vmlinux alone has the same texts.
    for (const std::size_t module : {std::size_t{0}, std::size_t{2}}) {
      const btf::Joined one = joined(base, {modules[module]});
      const btf::View alone = btf::View::parse(one.bytes, "one");
      for (std::uint32_t i = 0; i < count; ++i) {
        CHECK(text(view, all.modules[module].first_type + i, all.modules[module].first_type, 5) ==
              text(alone, 5 + i, 5, 5));
      }
    }
  }
}

TEST_CASE("joined: the types of a second module by their text") {
  const BtfForge base = base_of(ByteOrder::little);
  const btf::Joined all = joined(base, {module_of(base, "a"), module_of(base, "b")});
  const btf::View view = btf::View::parse(all.bytes, "joined");
  const std::uint32_t first = all.modules[1].first_type;
  CHECK(text(view, first, first, 5) == "ptr  ->3");
  CHECK(text(view, first + 1, first, 5) == "struct b_inner 16 pid@0->1 own@64->5");
  CHECK(text(view, first + 2, first, 5) == "array  ->6 ->1");
  CHECK(text(view, first + 3, first, 5) == "union b_union 32 own@0->7 flags@0->2");
  CHECK(text(view, first + 4, first, 5) == "typedef b_t ->6");
  CHECK(text(view, first + 7, first, 5) == "func_proto  ->0 task->5 b->9 ->0");
  CHECK(text(view, first + 8, first, 5) == "func b_run ->12");
  CHECK(text(view, first + 10, first, 5) == "datasec .data..percpu 4 ->14");
  CHECK(text(view, first + 12, first, 5) == "enum b_mode 4 pid b_on");
}

TEST_CASE("joined: no modules leave vmlinux as it is") {
  const BtfForge base = base_of(ByteOrder::big);
  const btf::Joined none = joined(base, {});
  CHECK(none.bytes == base.bytes());
  CHECK(none.modules.empty());
  const btf::View view = btf::View::parse_in_place(none.bytes, "joined", {}, none.bytes.size(), none.modules);
  CHECK_FALSE(view.has_modules());
}

TEST_CASE("joined: a module that does not fit its base is an error that names both") {
  using Module = std::function<void(BtfForge&)>;
  struct Row {
    Module types;
    std::string expected;
  };
  const std::string fit = ": the module does not fit vmlinux";
  const std::vector<Row> rows = {
      {[](BtfForge& m) { m.ptr(4); }, "no error"},
      {[](BtfForge& m) { m.ptr(6); },
       "wrong_file: m.ko: types+0x0: type [5] refers to type id 6, both have 6 type ids" + fit},
      {[](BtfForge& m) {
         m.structure("s", 4, {{"m", 4, 0}});
       },
       "wrong_file: m.ko: types+0x0: type [5] of kind struct refers to type [4] of kind func_proto" + fit},
      {[](BtfForge& m) {
         m.structure("s", 4, {{"m", 0, 0}});
       },
       "wrong_file: m.ko: types+0x0: type [5] of kind struct refers to type [0] of kind void" + fit},
      {[](BtfForge& m) { m.func("f", 3); },
       "wrong_file: m.ko: types+0x0: type [5] of kind func refers to type [3] of kind struct" + fit},
      {[](BtfForge& m) { m.array(1, 3, 2); },
       "wrong_file: m.ko: types+0x0: type [5] of kind array refers to type [3] of kind struct" + fit},
      {[](BtfForge& m) {
         m.datasec(".data", 4, {{1, 0, 4}});
       },
       "wrong_file: m.ko: types+0x0: type [5] of kind datasec refers to type [1] of kind int" + fit},
      {[](BtfForge& m) { m.ptr(m.var("v", 1, 0)); },
       "wrong_file: m.ko: types+0x10: type [6] of kind ptr refers to type [5] of kind var" + fit},
      {[](BtfForge& m) { m.decl_tag("tag", 1, 0); },
       "wrong_file: m.ko: types+0x0: type [5] of kind decl_tag refers to type [1] of kind int" + fit},
      {[](BtfForge& m) { m.set_type_word(m.fwd("x"), 0, 2); },
       "wrong_file: m.ko: types+0x0: type [5] has a name at string offset 2, where no string of the base begins "
       "('nt')" +
           fit},
      {[](BtfForge& m) { m.fwd("long unsigned int"); },
       "wrong_file: m.ko: types+0x0: type [5] has the name 'long unsigned int' of the base's strings" + fit},
      {[](BtfForge& m) {
         m.structure("s", 8, {{"long unsigned int", 1, 0}});
       },
       "wrong_file: m.ko: types+0x0: type [5] has the name 'long unsigned int' of the base's strings" + fit},
      {[](BtfForge& m) { m.integer("long unsigned int", 8, 1); }, "no error"},
      {[](BtfForge& m) { m.set_type_word(m.fwd("x"), 0, 9999); },
       "wrong_file: m.ko: types+0x0: type [5] has a name at string offset 9999, both have 40 bytes of strings" + fit},
      {[](BtfForge& m) { m.type("", std::uint8_t{0}, 0, false, 0); },
       "damaged: m.ko: types+0x0: type [5] has kind 0, which no type may have"},
      {[](BtfForge& m) { m.type("", std::uint8_t{40}, 0, false, 0); },
       "unsupported: m.ko: types+0x0: type [5] has unknown kind 40, and no layout section of vmlinux has its size"},
      {[](BtfForge& m) { m.type("s", btf::Kind::struct_, 1, false, 0); },
       "damaged: m.ko: types+0x0: type [5] has 24 bytes, but 12 are left"},
      {[](BtfForge& m) { m.header().version = 2; }, "unsupported: m.ko: header: BTF version 2"},
      {[](BtfForge& m) { m.header().flags = 1; }, "unsupported: m.ko: header: BTF flags 1"},
      {[](BtfForge& m) { m.header().str_len = 9999; }, "damaged: m.ko: header: a section lies beyond the end"},
  };
  const BtfForge base = base_of(ByteOrder::little);
  for (const Row& row : rows) {
    BtfForge module = BtfForge::split(base);
    row.types(module);
    CHECK(join_error(base, module) == row.expected);
  }
  BtfForge big = BtfForge::split(base_of(ByteOrder::big));
  CHECK(join_error(base, big) == "wrong_file: m.ko: header: big-endian, but vmlinux is little-endian");
}

TEST_CASE("joined: the BTF of a close neighbour is recognized by its strings") {
  const BtfForge base = base_of(ByteOrder::little);
  const BtfForge module = module_of(base, "a");
  BtfForge neighbour(ByteOrder::little);  // the same types, with one longer name
  neighbour.integer("integer", 4, 1);
  neighbour.integer("long unsigned int", 8);
  neighbour.structure("task", 16, {{"pid", 1, 0}, {"flags", 2, 64}});
  neighbour.func_proto(1, {{"task", 3}});
  CHECK(join_error(base, module) == "no error");
  CHECK(join_error(neighbour, module).find("the module does not fit vmlinux") != std::string::npos);
}

TEST_CASE("joined: every truncation of a module is an error") {
  const BtfForge base = base_of(ByteOrder::little);
  const btf::View view = btf::View::parse(base.bytes(), "vmlinux");
  const Bytes whole = module_of(base, "a").bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const btf::ModuleBtf module = {.bytes = part, .file = "m.ko", .module = "m"};
    CHECK(error_text([&] { static_cast<void>(btf::join(view, "vmlinux", {&module, 1})); }) != "no error");
  }
}

TEST_CASE("joined: every wrong word of a module is an error or gives valid BTF") {
  const BtfForge base = base_of(ByteOrder::little);
  const btf::View view = btf::View::parse(base.bytes(), "vmlinux");
  const Bytes whole = module_of(base, "a").bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const std::uint8_t value : std::array<std::uint8_t, 4>{0x00, 0x01, 0x7f, 0xff}) {
      Bytes bytes = whole;
      bytes[at] = value;
      const std::array<btf::ModuleBtf, 2> twice = {btf::ModuleBtf{.bytes = bytes, .file = "m.ko", .module = "m"},
                                                   btf::ModuleBtf{.bytes = bytes, .file = "n.ko", .module = "n"}};
      const std::string error = error_text([&] {
        const btf::Joined all = btf::join(view, "vmlinux", twice);
        const std::string parsed = error_text([&] { static_cast<void>(btf::View::parse(all.bytes, "joined")); });
        CHECK(parsed == "no error");
      });
      CHECK(error.find("internal") == std::string::npos);
    }
  }
}

}  // namespace minbtf::test
