// SPDX-License-Identifier: BSD-2-Clause
// Valid BTF. Damaged BTF is in view_parse_damage_test.cpp.
#include <catch2/catch.hpp>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/libbpf/libbpf_btf.hpp"

namespace minbtf::test {

using btf::Kind;
using btf::View;

namespace {

View parse(const BtfForge& forge) { return View::parse(forge.bytes(), "btf"); }

}  // namespace

TEST_CASE("view_parse: all kinds are read in either byte order, with the same result as libbpf") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const EveryKind all(order);
  const auto bytes = all.forge.bytes();
  const View view = View::parse(bytes, "btf");
  CHECK(view.name() == "btf");
  CHECK(view.byte_order() == order);
  CHECK(view.byte_size() == bytes.size());
  CHECK(view.source_bytes() == bytes.size());
  CHECK(view.id_end() == all.forge.next_id());
  CHECK(difference(LibbpfBtf(bytes), view) == "");

  std::vector<bool> seen(btf::kind_count);
  for (std::uint32_t id = 0; id < view.id_end(); ++id) seen[static_cast<std::size_t>(view.type(id).kind)] = true;
  for (std::size_t kind = 0; kind < btf::kind_count; ++kind) {
    INFO("kind " << btf::kind_shapes[kind].name);
    CHECK(seen[kind]);
  }
}

TEST_CASE("view_parse: a stand-in has its own size, and that of its source") {
  const auto bytes = EveryKind().forge.bytes();
  const View whole = View::parse_in_place(bytes, "btf", {});
  CHECK(whole.byte_size() == bytes.size());
  CHECK(whole.source_bytes() == bytes.size());
  const View stand_in = View::parse_in_place(bytes, "btf", {}, 5'000'000'000);
  CHECK(stand_in.byte_size() == bytes.size());
  CHECK(stand_in.source_bytes() == 5'000'000'000);
}

TEST_CASE("view_parse: Btf has the name, size, type count and byte order of its file") {
  const auto bytes = EveryKind(ByteOrder::big).forge.bytes();
  const Btf btf = Btf::parse(bytes, "kernel");
  CHECK(btf.name() == "kernel");
  CHECK(btf.size() == bytes.size());
  CHECK(btf.type_count() == btf::view_of(btf).id_end() - 1);
  CHECK(btf.byte_order() == ByteOrder::big);
}

TEST_CASE("view_parse: BTF without types is valid, and libbpf accepts it") {
  const BtfForge forge;
  CHECK(parse(forge).id_end() == 1);
  CHECK(parse(forge).type(0).kind == Kind::void_);
  CHECK(LibbpfBtf(forge.bytes()).accepted());
}

TEST_CASE("view_parse: a header of 24, 32 or more bytes is read") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto padding = GENERATE(std::size_t{0}, std::size_t{4}, std::size_t{8}, std::size_t{16}, std::size_t{100});
  const bool layout = GENERATE(false, true);
  EveryKind all(order);
  const View plain = parse(all.forge);
  all.forge.header().header_padding = padding;
  if (layout) all.forge.header().layout.emplace();
  const auto bytes = all.forge.bytes();
  const View view = View::parse(bytes, "btf");
  CHECK(view.id_end() == plain.id_end());
  CHECK(view.string(view.type(all.enum64).name_off) == "e64");
  // libbpf 1.1 rejects headers of another size if it has to swap bytes.
  if (order == btf::host_order) CHECK(difference(LibbpfBtf(bytes), view) == "");
}

TEST_CASE("view_parse: unused bytes between the sections and behind them are allowed") {
  EveryKind all;
  all.forge.header().gap = 12;
  all.forge.header().trailing = 7;
  const auto bytes = all.forge.bytes();
  const View view = View::parse(bytes, "btf");
  CHECK(view.id_end() == all.forge.next_id());
  CHECK(difference(LibbpfBtf(bytes), view) == "");
}

TEST_CASE("view_parse: vlen has 16 bits in old files and 24 in new ones") {
  const auto count = GENERATE(0xffffU, 0x10000U, 0x20001U);
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4);
  std::vector<ForgedMember> members(count, {"m", int_, 0});
  members.back().bit_offset = 32;
  const std::uint32_t many = forge.structure("many", 8, members);
  const std::uint32_t after = forge.typedef_("after", many);
  const View view = parse(forge);
  CHECK(view.type(many).vlen == count);
  CHECK(view.member(view.type(many), count - 1).bit_offset == 32);
  CHECK(view.type(after).size_or_type == many);
  if (count == 0xffff) CHECK(difference(LibbpfBtf(forge.bytes()), view) == "");
}

TEST_CASE("view_parse: unknown kinds are skipped with the sizes in the layout section") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  // The last kinds need more than the five bits that a kind had before 2026.
  const auto kind = GENERATE(std::uint8_t{20}, std::uint8_t{31}, std::uint8_t{32}, std::uint8_t{127});
  BtfForge forge(order);
  const std::uint32_t before = forge.integer("int", 4);
  const std::uint32_t unknown = forge.type("news", kind, 3, true, 99999, {1, 2, 3, 4, 5, 6, 7});
  const std::uint32_t after = forge.typedef_("after", before);
  const std::uint32_t to_unknown = forge.ptr(unknown);
  forge.header().layout.emplace(kind + 1U);
  forge.header().layout->at(kind) = {.info_sz = 4, .elem_sz = 8, .flags = 0};
  const View view = parse(forge);
  REQUIRE(view.id_end() == to_unknown + 1);
  CHECK_FALSE(btf::is_known(view.type(unknown).kind));
  CHECK(static_cast<std::uint8_t>(view.type(unknown).kind) == kind);
  CHECK(view.type(unknown).vlen == 3);
  CHECK(view.string(view.type(unknown).name_off) == "news");
  CHECK(view.type(after).kind == Kind::typedef_);
  CHECK(view.type(to_unknown).size_or_type == unknown);
}

TEST_CASE("view_parse: the layout section does not change the sizes of known kinds") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4);
  const std::uint32_t ptr = forge.ptr(int_);
  forge.header().layout.emplace(20);
  forge.header().layout->at(1) = {.info_sz = 8, .elem_sz = 0, .flags = 0};
  CHECK(parse(forge).type(ptr).size_or_type == int_);
}

TEST_CASE("view_parse: kind_flag makes members carry bitfield sizes") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4);
  const std::uint32_t flagged = forge.structure("flagged", 8, {{"a", int_, 3, 5}, {"b", int_, 32}});
  const std::uint32_t plain = forge.structure("plain", 0x400000, {{"far", int_, 0x1ffffe0}});
  const View view = parse(forge);
  REQUIRE(view.type(flagged).kind_flag);
  CHECK(view.member(view.type(flagged), 0).bit_offset == 3);
  CHECK(view.member(view.type(flagged), 0).bitfield_size == 5);
  CHECK(view.member(view.type(flagged), 1).bit_offset == 32);
  CHECK(view.member(view.type(flagged), 1).bitfield_size == 0);
  REQUIRE_FALSE(view.type(plain).kind_flag);
  CHECK(view.member(view.type(plain), 0).bit_offset == 0x1ffffe0);
  CHECK(view.member(view.type(plain), 0).bitfield_size == 0);
}

TEST_CASE("view_parse: kind_flag on tags (attributes since kernel 6.14) is read") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4);
  const std::uint32_t type_tag = forge.type("preserve_access_index", Kind::type_tag, 0, true, int_);
  const std::uint32_t decl_tag = forge.type("attribute", Kind::decl_tag, 0, true, int_, {0xffffffff});
  const View view = parse(forge);
  CHECK(view.type(type_tag).kind_flag);
  CHECK(view.type(decl_tag).kind_flag);
  CHECK(view.info_word(view.type(decl_tag)) == 0xffffffff);
  CHECK(difference(LibbpfBtf(forge.bytes()), view) == "");
}

TEST_CASE("view_parse: the vlen of a kind without elements does not change its size") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4);
  const std::uint32_t func = forge.func("f", forge.func_proto(int_, {}), 2);
  const std::uint32_t typedef_ = forge.type("t", Kind::typedef_, 0xffff, false, func);
  const View view = parse(forge);
  CHECK(view.type(func).vlen == 2);
  CHECK(view.type(typedef_).vlen == 0xffff);
  CHECK(view.id_end() == typedef_ + 1);
}

TEST_CASE("view_parse: types may refer to themselves and to later types") {
  BtfForge forge;
  forge.typedef_("self", 1);
  forge.ptr(3);
  forge.structure("later", 8, {{"p", 2, 0}});
  forge.array(4, 4, 1);
  const View view = parse(forge);
  CHECK(view.type(1).size_or_type == 1);
  CHECK(view.array(view.type(4)).type == 4);
  CHECK(LibbpfBtf(forge.bytes()).accepted());
}

TEST_CASE("view_parse: a name may be any string offset, also one within a string") {
  BtfForge forge;
  const std::uint32_t tail = forge.string("unsigned int") + 9;
  forge.integer("", 4);
  forge.set_type_word(1, 0, tail);
  const View view = parse(forge);
  CHECK(view.string(view.type(1).name_off) == "int");
}

TEST_CASE("view_parse: a truncated file is rejected, or is valid") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  EveryKind all(order);
  all.forge.header().trailing = 3;
  const auto bytes = all.forge.bytes();
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const std::vector<std::uint8_t> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const std::string text = error_text([&] { (void)View::parse(part, "btf"); });
    INFO(length << " bytes: " << text);
    // A truncated file is valid if only bytes behind the strings are missing.
    CHECK((text == "no error") == (length >= bytes.size() - 3));
    if (text == "no error") CHECK(LibbpfBtf(part).accepted());
  }
}

}  // namespace minbtf::test
