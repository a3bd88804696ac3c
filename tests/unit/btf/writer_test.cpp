// SPDX-License-Identifier: BSD-2-Clause
#include "btf/writer.hpp"

#include <catch2/catch.hpp>

#include "support/libbpf/libbpf_btf.hpp"

namespace minbtf::test {

using btf::Kind;
using btf::View;
using btf::Writer;

namespace {

/// A type of every kind, in the order of the kinds.
std::vector<std::uint8_t> write_every_kind(ByteOrder order) {
  Writer writer(order);
  writer.begin_type("int", Kind::int_, 0, false, 4);
  writer.word(1U << 24U | 32);
  writer.begin_type("", Kind::ptr, 0, false, 4);
  writer.begin_type("", Kind::array, 0, false, 0);
  for (const std::uint32_t word : {1U, 1U, 7U}) writer.word(word);
  writer.begin_type("s", Kind::struct_, 2, true, 8);
  writer.member("a", 1, 5 | 3U << 24U);
  writer.member("", 5, 32);
  writer.begin_type("", Kind::union_, 1, false, 4);
  writer.member("a", 1, 0);
  writer.begin_type("e", Kind::enum_, 2, true, 4);
  writer.enumerator(Kind::enum_, "MINUS", static_cast<std::uint64_t>(-1));
  writer.enumerator(Kind::enum_, "TWO", 2);
  writer.begin_type("later", Kind::fwd, 0, true, 0);
  writer.begin_type("t", Kind::typedef_, 0, false, 4);
  writer.begin_type("", Kind::volatile_, 0, false, 1);
  writer.begin_type("", Kind::const_, 0, false, 9);
  writer.begin_type("", Kind::restrict_, 0, false, 2);
  writer.begin_type("fn", Kind::func, 1, false, 13);
  writer.begin_type("", Kind::func_proto, 2, false, 1);
  writer.param("a", 10);
  writer.param("", 0);
  writer.begin_type("v", Kind::var, 0, false, 1);
  writer.word(1);
  writer.begin_type(".data", Kind::datasec, 1, false, 4);
  for (const std::uint32_t word : {14U, 0U, 4U}) writer.word(word);
  writer.begin_type("float", Kind::float_, 0, false, 4);
  writer.begin_type("tag", Kind::decl_tag, 0, false, 4);
  writer.word(0xffffffff);
  writer.begin_type("tag", Kind::type_tag, 0, false, 1);
  writer.begin_type("e64", Kind::enum64, 2, false, 8);
  writer.enumerator(Kind::enum64, "BIG", 0x123456789abcdef0);
  writer.enumerator(Kind::enum64, "MINUS", static_cast<std::uint64_t>(-1));
  return writer.finish();
}

}  // namespace

TEST_CASE("writer: min-btf and libbpf read every kind back with the same result") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto bytes = write_every_kind(order);
  const View view = View::parse(bytes, "written");
  CHECK(view.byte_order() == order);
  REQUIRE(view.id_end() == btf::kind_count);
  CHECK(difference(LibbpfBtf(bytes), view) == "");

  for (std::uint32_t id = 1; id < view.id_end(); ++id) CHECK(view.type(id).kind == static_cast<Kind>(id));
  CHECK(view.member(view.type(4), 0).bit_offset == 5);
  CHECK(view.member(view.type(4), 0).bitfield_size == 3);
  CHECK(view.member(view.type(4), 1).type == 5);
  CHECK(view.array(view.type(3)).nelems == 7);
  CHECK(view.enumerator(view.type(6), 0).value == static_cast<std::uint64_t>(-1));
  CHECK(view.string(view.enumerator(view.type(6), 1).name_off) == "TWO");
  CHECK(view.param(view.type(13), 0).type == 10);
  CHECK(view.info_word(view.type(17)) == 0xffffffff);
  CHECK(view.enumerator(view.type(19), 0).value == 0x123456789abcdef0);
  CHECK(view.enumerator(view.type(19), 1).value == static_cast<std::uint64_t>(-1));
}

TEST_CASE("writer: files of both byte orders differ only in the byte order") {
  const View little = View::parse(write_every_kind(ByteOrder::little), "little");
  const View big = View::parse(write_every_kind(ByteOrder::big), "big");
  CHECK(little.byte_size() == big.byte_size());
  for (std::uint32_t id = 1; id < little.id_end(); ++id) {
    CHECK(little.type(id).name_off == big.type(id).name_off);
    CHECK(little.type(id).size_or_type == big.type(id).size_or_type);
  }
}

TEST_CASE("writer: the header has 24 bytes, and no bytes lie between the sections") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto bytes = write_every_kind(order);
  const btf::ByteView file(bytes.data(), bytes.size(), order);
  CHECK(file.u16(0) == btf::btf_magic);
  CHECK(file.u8(2) == 1);
  CHECK(file.u8(3) == 0);
  CHECK(file.u32(4) == 24);
  CHECK(file.u32(8) == 0);
  CHECK(file.u32(16) == file.u32(12));
  CHECK(24 + file.u32(16) + file.u32(20) == bytes.size());
}

TEST_CASE("writer: BTF without types is 25 bytes, and libbpf accepts it") {
  const auto bytes = Writer(ByteOrder::little).finish();
  CHECK(bytes.size() == 25);
  CHECK(View::parse(bytes, "empty").id_end() == 1);
  CHECK(LibbpfBtf(bytes).accepted());
}

TEST_CASE("writer: equal strings are stored once, and no string is the end of another") {
  Writer writer(ByteOrder::little);
  for (const char* name : {"unsigned int", "int", "unsigned int", "", "int", "ned int", "x"}) {
    writer.begin_type(name, Kind::fwd, 0, false, 0);
  }
  const auto bytes = writer.finish();
  const btf::ByteView file(bytes.data(), bytes.size(), ByteOrder::little);
  const btf::ByteView strings = file.sub(24 + file.u32(16), file.u32(20));
  const std::string all(reinterpret_cast<const char*>(strings.data()), strings.size());
  using namespace std::string_literals;
  CHECK(all == "\0unsigned int\0int\0ned int\0x\0"s);
  const View view = View::parse(bytes, "btf");
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const std::uint32_t offset = view.type(id).name_off;
    INFO("type " << id << " at " << offset);
    CHECK((offset == 0 || all[offset - 1] == '\0'));
  }
  CHECK(view.type(1).name_off == view.type(3).name_off);
  CHECK(view.type(2).name_off == view.type(5).name_off);
  CHECK(view.type(4).name_off == 0);
}

TEST_CASE("writer: the same calls write the same bytes") {
  CHECK(write_every_kind(ByteOrder::little) == write_every_kind(ByteOrder::little));
}

}  // namespace minbtf::test
