#include "btf/view.hpp"

#include <catch2/catch.hpp>

#include "support/forged_samples.hpp"

namespace minbtf::test {

using btf::View;
using wire::Kind;

namespace {

View parse(const BtfForge& forge) { return View::parse(forge.bytes(), "btf"); }

}  // namespace

TEST_CASE("view: void is type 0 and nothing else") {
  const btf::Type type = parse(EveryKind().forge).type(0);
  CHECK(type.kind == Kind::void_);
  CHECK(type.name_off == 0);
  CHECK(type.vlen == 0);
  CHECK(type.size_or_type == 0);
}

TEST_CASE("view: what each kind holds") {
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

TEST_CASE("view: an INT's offset, as old bitfields have it") {
  BtfForge forge;
  const std::uint32_t bitfield = forge.integer("unsigned int", 4, 0, 3, 5);
  const View view = parse(forge);
  CHECK(btf::int_offset(view.info_word(view.type(bitfield))) == 5);
  CHECK(btf::int_encoding(view.info_word(view.type(bitfield))) == 0);
}

TEST_CASE("view: enumerators are 64 bits wide, those of 32 bits sign-extended") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  BtfForge forge(order);
  const std::vector<ForgedEnumerator> values = {{"ZERO", 0}, {"MINUS", -1}, {"MOST", 0x7fffffff}, {"TOP", 0x80000000}};
  const std::uint32_t narrow = forge.enumeration("narrow", 4, values);
  const std::uint32_t narrow_signed = forge.enumeration("narrow_signed", 4, values, true);
  const std::uint32_t wide = forge.enumeration64(
      "wide", 8, {{"ONE", 1}, {"MINUS", -1}, {"LEAST", INT64_MIN}, {"HIGH", std::int64_t{5} << 32}});
  const View view = parse(forge);
  const auto value = [&](std::uint32_t id, std::uint32_t i) { return view.enumerator(view.type(id), i).value; };
  // Whether the enum is signed does not matter: libbpf patches either the same way.
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

TEST_CASE("view: only an INT tells the pointer size") {
  BtfForge forge;
  forge.typedef_("long int", forge.integer("int", 8));
  forge.structure("long", 8, {});
  forge.float_("long unsigned int", 8);
  CHECK(parse(forge).pointer_size().bytes == 0);
}

TEST_CASE("view: strings that exist") {
  const View view = parse(EveryKind().forge);
  CHECK(view.has_string(0));
  CHECK(view.string(0).empty());
  CHECK_FALSE(view.has_string(static_cast<std::uint32_t>(view.byte_size())));
  CHECK_FALSE(view.has_string(0xffffffff));
}

TEST_CASE("view: moving leaves everything readable") {
  View first = parse(EveryKind().forge);
  const std::uint32_t end = first.id_end();
  const View second = std::move(first);
  CHECK(second.id_end() == end);
  CHECK(second.string(second.type(1).name_off) == "int");
}

}  // namespace minbtf::test
