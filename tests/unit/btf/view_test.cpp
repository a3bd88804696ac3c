// SPDX-License-Identifier: BSD-2-Clause
#include "btf/view.hpp"

#include <catch2/catch.hpp>
#include <utility>

#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

using btf::Index;
using btf::Kind;
using btf::View;

namespace {

View parse(const BtfForge& forge) { return View::parse(forge.bytes(), "btf"); }

using Bytes = std::vector<std::uint8_t>;

/// Writes to all memory that make_room() promises, so that AddressSanitizer detects missing memory.
void use(Index& index, std::size_t type_bytes) {
  index.make_room(type_bytes);
  REQUIRE(index.offsets() != nullptr);
  REQUIRE(index.named() != nullptr);
  CHECK(index.id_end == 0);
  CHECK(index.named_count == 0);
  CHECK(index.integers().empty());
  const auto types = static_cast<std::uint32_t>(type_bytes / 12);
  index.offsets()[0] = 0;
  for (std::uint32_t id = 1; id <= types; ++id) {
    index.offsets()[id] = id * 12;
    index.named()[id - 1] = {.id = id, .name_off = 1};
    index.integers().push_back(id);
  }
  index.id_end = types + 1;
  index.named_count = types;
}

/// `count` structs named s1, s2, ..., between an `int` and a `long int`.
Bytes kernel_of(std::uint32_t count, ByteOrder order = ByteOrder::little) {
  BtfForge forge(order);
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  for (std::uint32_t i = 1; i <= count; ++i) forge.structure("s" + std::to_string(i), 4, {{"a", int_, 0}});
  forge.integer("long int", 8, 1);
  return forge.bytes();
}

/// The complete content of a view's index, as text.
std::string types_of(const View& view) {
  std::string all = "pointer " + std::to_string(view.pointer_size().type) + ":";
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    all += " " + std::to_string(static_cast<int>(type.kind)) + "@" + std::to_string(type.at);
  }
  all += " named:";
  for (const btf::NamedType& each : view.named_types()) {
    all += " " + std::to_string(each.id) + "=" + std::string(view.string(each.name_off));
  }
  return all;
}

}  // namespace

TEST_CASE("view: void is type 0, and has no name, size or elements") {
  const btf::Type type = parse(EveryKind().forge).type(0);
  CHECK(type.kind == Kind::void_);
  CHECK(type.name_off == 0);
  CHECK(type.vlen == 0);
  CHECK(type.size_or_type == 0);
}

TEST_CASE("view: the fields of each kind are read in either byte order") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const EveryKind all(order);
  const View view = parse(all.forge);
  const auto name = [&](std::uint32_t offset) { return std::string(view.string(offset)); };

  const btf::Type int_ = view.type(all.int_);
  CHECK(name(int_.name_off) == "int");
  CHECK(int_.size_or_type == 4);
  CHECK(btf::int_encoding(view.info_word(int_)) == btf::int_signed);
  CHECK(btf::int_offset(view.info_word(int_)) == 0);

  CHECK(view.type(all.ptr).size_or_type == all.struct_);
  CHECK(view.type(all.typedef_).size_or_type == all.struct_);
  CHECK(view.type(all.fwd).kind_flag);
  CHECK(view.type(all.func).vlen == 1);
  CHECK(view.info_word(view.type(all.var)) == 1);
  CHECK(view.info_word(view.type(all.decl_tag)) == 1);
  CHECK(view.variable(view.type(all.datasec), 0).type == all.var);
  CHECK(view.type(all.float_).size_or_type == 4);

  const btf::Array array = view.array(view.type(all.array));
  CHECK(array.type == all.int_);
  CHECK(array.index_type == all.long_);
  CHECK(array.nelems == 2);

  const btf::Type structure = view.type(all.struct_);
  REQUIRE(structure.vlen == 5);
  CHECK(name(view.member(structure, 1).name_off) == "next");
  CHECK(view.member(structure, 1).type == all.ptr);
  CHECK(view.member(structure, 1).bit_offset == 64);
  CHECK(view.member(structure, 3).name_off == 0);

  const btf::Type bitfields = view.type(all.bitfields);
  CHECK(view.member(bitfields, 1).bit_offset == 3);
  CHECK(view.member(bitfields, 1).bitfield_size == 29);

  const btf::Type prototype = view.type(all.func_proto);
  REQUIRE(prototype.vlen == 3);
  CHECK(name(view.param(prototype, 1).name_off) == "y");
  CHECK(view.param(prototype, 1).type == all.restrict_);
  CHECK(view.param(prototype, 2).type == 0);
}

TEST_CASE("view: the bit offset of an INT, as in old bitfields, is read") {
  BtfForge forge;
  const std::uint32_t bitfield = forge.integer("unsigned int", 4, 0, 3, 5);
  const View view = parse(forge);
  CHECK(btf::int_offset(view.info_word(view.type(bitfield))) == 5);
  CHECK(btf::int_encoding(view.info_word(view.type(bitfield))) == 0);
}

TEST_CASE("view: enumerators have 64 bits, and those of 32 bits are sign-extended") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  BtfForge forge(order);
  const std::vector<ForgedEnumerator> values = {{"ZERO", 0}, {"MINUS", -1}, {"MOST", 0x7fffffff}, {"TOP", 0x80000000}};
  const std::uint32_t narrow = forge.enumeration("narrow", 4, values);
  const std::uint32_t narrow_signed = forge.enumeration("narrow_signed", 4, values, true);
  const std::uint32_t wide = forge.enumeration64(
      "wide", 8, {{"ONE", 1}, {"MINUS", -1}, {"LEAST", INT64_MIN}, {"HIGH", std::int64_t{5} << 32}});
  const View view = parse(forge);
  const auto value = [&](std::uint32_t id, std::uint32_t i) { return view.enumerator(view.type(id), i).value; };
  // The sign of the enum does not matter: libbpf patches both in the same way.
  for (const std::uint32_t id : {narrow, narrow_signed}) {
    CHECK(value(id, 0) == 0);
    CHECK(value(id, 1) == 0xffffffffffffffff);
    CHECK(value(id, 2) == 0x7fffffff);
    CHECK(value(id, 3) == 0xffffffff80000000);
  }
  CHECK(value(wide, 0) == 1);
  CHECK(value(wide, 1) == 0xffffffffffffffff);
  CHECK(value(wide, 2) == 0x8000000000000000);
  CHECK(value(wide, 3) == 0x500000000);
  CHECK(view.string(view.enumerator(view.type(wide), 2).name_off) == "LEAST");
}

TEST_CASE("view: the pointer size is that of the first INT named long") {
  struct Int {
    std::string name;
    std::uint32_t bytes;
  };
  struct Row {
    std::string name;
    std::vector<Int> ints;
    std::uint32_t bytes, type, old_type;
  };
  const std::vector<Row> rows = {
      {"none", {{"int", 4}, {"long long", 8}, {"u64", 8}}, 0, 0, 0},
      {"modern", {{"int", 4}, {"long unsigned int", 8}, {"long int", 8}}, 8, 2, 2},
      {"32 bits", {{"long int", 4}}, 4, 1, 1},
      {"another spelling first", {{"unsigned long", 8}, {"long int", 8}}, 8, 1, 2},
      {"another spelling only", {{"long", 8}}, 8, 1, 0},
      {"the first one decides", {{"long", 4}, {"long int", 8}}, 4, 1, 2},
      {"other sizes do not count", {{"long int", 2}, {"long int", 16}, {"long int", 8}}, 8, 3, 3},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    BtfForge forge;
    for (const Int& one : row.ints) forge.integer(one.name, one.bytes);
    const btf::PointerSize size = parse(forge).pointer_size();
    CHECK(size.bytes == row.bytes);
    CHECK(size.type == row.type);
    CHECK((size.old_types.empty() ? 0 : size.old_types.front()) == row.old_type);
  }
  for (const char* spelling :
       {"long int", "long unsigned int", "long", "int long", "unsigned long", "long unsigned", "unsigned long int",
        "unsigned int long", "long int unsigned", "int unsigned long", "int long unsigned"}) {
    INFO(spelling);
    BtfForge forge;
    forge.integer(spelling, 8);
    CHECK(parse(forge).pointer_size().type == 1);
  }
  for (const char* other : {"long long", "longint", "signed long", "long  int", "LONG", "", "long double"}) {
    INFO(other);
    BtfForge forge;
    forge.integer(other, 8);
    CHECK(parse(forge).pointer_size().type == 0);
  }
}

TEST_CASE("view: only an INT determines the pointer size") {
  BtfForge forge;
  forge.typedef_("long int", forge.integer("int", 8));
  forge.structure("long", 8, {});
  forge.float_("long unsigned int", 8);
  CHECK(parse(forge).pointer_size().bytes == 0);
}

TEST_CASE("view: a string exists only if its offset lies inside the string section") {
  const View view = parse(EveryKind().forge);
  CHECK(view.has_string(0));
  CHECK(view.string(0).empty());
  CHECK_FALSE(view.has_string(static_cast<std::uint32_t>(view.byte_size())));
  CHECK_FALSE(view.has_string(0xffffffff));
}

TEST_CASE("view: a moved view keeps its contents") {
  View first = parse(EveryKind().forge);
  const std::uint32_t end = first.id_end();
  const View second = std::move(first);
  CHECK(second.id_end() == end);
  CHECK(second.string(second.type(1).name_off) == "int");
}

TEST_CASE("index: make_room() has room for one type in every 12 bytes of records") {
  Index index;
  for (const std::size_t bytes : {0U, 1U, 11U, 12U, 23U, 24U, 1000U, 36U, 0U, 999U, 100000U, 12U}) use(index, bytes);
}

TEST_CASE("index: memory that is large enough is reused") {
  Index index;
  use(index, 1200);
  const auto* const offsets = index.offsets();
  const auto* const named = index.named();
  for (const std::size_t bytes : {1200U, 12U, 0U, 1199U, 1200U}) {
    use(index, bytes);
    CHECK(index.offsets() == offsets);
    CHECK(index.named() == named);
  }
}

TEST_CASE("index: a move takes the memory with it, and the moved-from index can be used") {
  Index first;
  use(first, 1200);
  const auto* const offsets = first.offsets();
  Index second = std::move(first);
  CHECK(second.offsets() == offsets);
  CHECK(second.id_end == 101);
  CHECK(second.named_count == 100);
  CHECK(second.integers().size() == 100);
  // Once with less room than before, and once with more.
  use(first, 600);
  CHECK(first.offsets() != offsets);
  use(first, 2400);
  use(second, 1200);
  CHECK(second.offsets() == offsets);
  first = std::move(second);
  CHECK(first.offsets() == offsets);
  use(second, 12);
  use(first, 1200);
}

TEST_CASE("index: one index serves kernels of any size, one after another") {
  Index index;
  for (const auto order : {ByteOrder::little, ByteOrder::big, ByteOrder::little}) {
    for (const std::uint32_t count : {3U, 500U, 2U, 0U, 500U, 501U, 40U, 2000U, 1U}) {
      INFO(count << " types");
      const Bytes bytes = kernel_of(count, order);
      View view = View::parse_in_place(bytes, "kernel", std::move(index));
      CHECK(view.id_end() == count + 3);
      CHECK(view.named_types().size() == count + 2);
      CHECK(view.pointer_size().type == count + 2);
      CHECK(types_of(view) == types_of(View::parse(bytes, "kernel")));
      index = std::move(view).take_index();
    }
  }
}

TEST_CASE("index: an index can be reused after a kernel was rejected") {
  BtfForge forge;
  for (int i = 0; i < 100; ++i) forge.integer("int", 4);
  forge.ptr(102);
  const Bytes damaged = forge.bytes();
  Index index;
  use(index, 120000);
  for (const std::uint32_t count : {200U, 3U}) {
    CHECK(error_text([&] { (void)View::parse_in_place(damaged, "kernel", std::move(index)); }) ==
          "damaged: kernel: types+0x640: type [101] refers to type id 102, the file has 101 types (BTF of a module "
          "cannot be read without its base)");
    const Bytes bytes = kernel_of(count);
    View view = View::parse_in_place(bytes, "kernel", std::move(index));
    CHECK(types_of(view) == types_of(View::parse(bytes, "kernel")));
    index = std::move(view).take_index();
  }
}

}  // namespace minbtf::test
