// SPDX-License-Identifier: BSD-2-Clause
// Damaged BTF, and the error that names the place and the reason.
#include <catch2/catch.hpp>
#include <functional>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/libbpf/libbpf_btf.hpp"

namespace minbtf::test {

using btf::Kind;
using btf::View;

namespace {

struct Damage {
  std::string name;
  std::function<void(BtfForge&)> forge;
  std::string expected;
};

std::string parse_error(const std::vector<std::uint8_t>& bytes) {
  return error_text([&] { (void)View::parse(bytes, "btf"); });
}

void check(const std::vector<Damage>& rows) {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const Damage& row : rows) {
    INFO(row.name << (order == ByteOrder::little ? ", little-endian" : ", big-endian"));
    BtfForge forge(order);
    row.forge(forge);
    CHECK(parse_error(forge.bytes()) == row.expected);
  }
}

/// Adds one type of 16 bytes at types+0x0. The strings have 5 bytes.
void one_int(BtfForge& forge) { forge.integer("int", 4); }

std::function<void(BtfForge&)> one_int_with(const std::function<void(ForgedHeader&)>& lie) {
  return [lie](BtfForge& forge) {
    one_int(forge);
    lie(forge.header());
  };
}

}  // namespace

TEST_CASE("view_parse: a file without the magic number or a complete header is rejected") {
  const std::string no_magic = "wrong_file: btf: header+0x0: not BTF: the magic number is missing";
  CHECK(parse_error({}) == "wrong_file: btf: not BTF: 0 bytes");
  CHECK(parse_error({0x9f}) == "wrong_file: btf: not BTF: 1 bytes");
  CHECK(parse_error({0x9f, 0xec}) == no_magic);
  CHECK(parse_error({0xeb, 0x9e}) == no_magic);
  CHECK(parse_error({0x7f, 'E', 'L', 'F', 2, 1, 1}) == no_magic);
  CHECK(parse_error({0x9f, 0xeb}) == "damaged: btf: header+0x0: truncated: 2 bytes, the header has 24");
  CHECK(parse_error(std::vector<std::uint8_t>(4096)) == no_magic);
}

TEST_CASE("view_parse: a header with a wrong version, flag, length or offset is rejected") {
  const std::string beyond = "reaches beyond the end of the data, 21 bytes";
  check({
      {"version", one_int_with([](ForgedHeader& h) { h.version = 2; }),
       "unsupported: btf: header+0x2: BTF version 2, known is 1"},
      {"version 0", one_int_with([](ForgedHeader& h) { h.version = 0; }),
       "unsupported: btf: header+0x2: BTF version 0, known is 1"},
      {"flags", one_int_with([](ForgedHeader& h) { h.flags = 0x81; }),
       "unsupported: btf: header+0x3: BTF flags 0x81, none are known"},
      {"header length 0", one_int_with([](ForgedHeader& h) { h.hdr_len = 0; }),
       "damaged: btf: header+0x4: header length 0 is below 24"},
      {"header length 23", one_int_with([](ForgedHeader& h) { h.hdr_len = 23; }),
       "damaged: btf: header+0x4: header length 23 is below 24"},
      {"header longer than the file", one_int_with([](ForgedHeader& h) { h.hdr_len = 46; }),
       "damaged: btf: header+0x4: header length 46 is over the file's 45 bytes"},
      {"longest header", one_int_with([](ForgedHeader& h) { h.hdr_len = 0xffffffff; }),
       "damaged: btf: header+0x4: header length 4294967295 is over the file's 45 bytes"},
      {"header as long as the file", one_int_with([](ForgedHeader& h) { h.hdr_len = 45; }),
       "damaged: btf: header+0x8: the type section (16 bytes at 0) reaches beyond the end of the data, 0 bytes"},
      {"types too long", one_int_with([](ForgedHeader& h) { h.type_len = 24; }),
       "damaged: btf: header+0x8: the type section (24 bytes at 0) " + beyond},
      {"types far away", one_int_with([](ForgedHeader& h) { h.type_off = 0xfffffff0; }),
       "damaged: btf: header+0x8: the type section (16 bytes at 4294967280) " + beyond},
      {"types whose end overflows", one_int_with([](ForgedHeader& h) {
         h.type_off = 4;
         h.type_len = 0xfffffffc;
       }),
       "damaged: btf: header+0x8: the type section (4294967292 bytes at 4) " + beyond},
      {"strings too long", one_int_with([](ForgedHeader& h) { h.str_len = 6; }),
       "damaged: btf: header+0x10: the string section (6 bytes at 16) " + beyond},
      {"strings far away", one_int_with([](ForgedHeader& h) { h.str_off = 22; }),
       "damaged: btf: header+0x10: the string section (5 bytes at 22) " + beyond},
      {"types not aligned", one_int_with([](ForgedHeader& h) {
         h.type_off = 2;
         h.type_len = 12;
       }),
       "damaged: btf: header+0x8: the type section is not aligned to 4 bytes"},
      {"sections overlap", one_int_with([](ForgedHeader& h) {
         h.str_off = 15;
         h.str_len = 6;
       }),
       "damaged: btf: header+0x10: the string section begins before the type section ends"},
      {"no strings", one_int_with([](ForgedHeader& h) { h.str_len = 0; }),
       "damaged: btf: header+0x14: the string section is empty"},
      {"strings begin in the middle", one_int_with([](ForgedHeader& h) {
         h.str_off = 17;
         h.str_len = 4;
       }),
       "damaged: btf: strings+0x0: the string section does not begin with NUL"},
      {"strings end in the middle", one_int_with([](ForgedHeader& h) { h.str_len = 4; }),
       "damaged: btf: strings+0x3: the string section does not end with NUL"},
  });
}

TEST_CASE("view_parse: a layout section with a wrong place or wrong sizes is rejected") {
  const auto layout = [](const std::function<void(BtfForge&)>& lie) {
    return [lie](BtfForge& forge) {
      forge.type("news", 40, 2, false, 0, {1, 2, 3});
      forge.header().layout.emplace(41);
      forge.header().layout->at(40) = {.info_sz = 4, .elem_sz = 4, .flags = 0};
      lie(forge);
    };
  };
  const std::string unknown =
      "unsupported: btf: types+0x0: type [1] has unknown kind 40, and no layout section has its size";
  check({
      {"the truth", layout([](BtfForge&) {}), "no error"},
      {"too short for the kind", layout([](BtfForge& f) { f.header().layout->resize(40); }), unknown},
      {"empty", layout([](BtfForge& f) { f.header().layout->clear(); }), unknown},
      {"cut to half an entry", layout([](BtfForge& f) { f.header().layout_len = 162; }),
       "damaged: btf: header+0x18: the layout section is not aligned to 4 bytes"},
      {"not aligned", layout([](BtfForge& f) { f.header().layout_off = 25; }),
       "damaged: btf: header+0x18: the layout section is not aligned to 4 bytes"},
      {"beyond the file", layout([](BtfForge& f) { f.header().layout_len = 0xfffffffc; }),
       "damaged: btf: header+0x18: the layout section (4294967292 bytes at 24) reaches beyond the end of the data, "
       "194 bytes"},
      {"odd sizes", layout([](BtfForge& f) { f.header().layout->at(40).info_sz = 6; }),
       "damaged: btf: layout+0xa0: the sizes of kind 40 are not multiples of 4"},
      {"odd element sizes", layout([](BtfForge& f) { f.header().layout->at(40).elem_sz = 1; }),
       "damaged: btf: layout+0xa0: the sizes of kind 40 are not multiples of 4"},
      {"longer than the types", layout([](BtfForge& f) { f.header().layout->at(40).elem_sz = 8; }),
       "damaged: btf: types+0x0: type [1] needs 32 bytes, the type section has 24 left"},
      {"longest", layout([](BtfForge& f) {
         f.header().layout->at(40) = {.info_sz = 252, .elem_sz = 252, .flags = 0};
         f.set_type_word(1, 1, btf::make_info(40, 0xffffff, false));
       }),
       "damaged: btf: types+0x0: type [1] needs 4227858444 bytes, the type section has 24 left"},
      {"the header does not reach so far", layout([](BtfForge& f) {
         f.header().layout.reset();
         f.header().header_padding = 7;
       }),
       unknown},
  });
}

TEST_CASE("view_parse: a type of kind 0, of unknown size, or beyond the section is rejected") {
  const auto kind_word = [](Kind kind, std::uint32_t vlen) {
    return btf::make_info(static_cast<std::uint8_t>(kind), vlen, false);
  };
  check({
      {"kind 0", [](BtfForge& f) { f.type("", Kind::void_, 0, false, 0); },
       "damaged: btf: types+0x0: type [1] has kind 0, which no type may have"},
      {"kind 0 behind others",
       [](BtfForge& f) {
         one_int(f);
         f.type("", Kind::void_, 0, false, 0);
       },
       "damaged: btf: types+0x10: type [2] has kind 0, which no type may have"},
      {"unknown kind",
       [](BtfForge& f) {
         one_int(f);
         f.type("", std::uint8_t{20}, 0, false, 0);
       },
       "unsupported: btf: types+0x10: type [2] has unknown kind 20, and no layout section has its size"},
      {"half a type",
       [](BtfForge& f) {
         one_int(f);
         f.ptr(1);
         f.header().type_len = 24;
       },
       "damaged: btf: types+0x10: truncated: 8 bytes are left, a type has 12"},
      {"a byte too many",
       [](BtfForge& f) {
         one_int(f);
         f.header().gap = 1;
         f.header().type_len = 17;
       },
       "damaged: btf: types+0x10: truncated: 1 bytes are left, a type has 12"},
      {"INT without its word",
       [&](BtfForge& f) {
         one_int(f);
         f.type("", Kind::int_, 0, false, 4);
       },
       "damaged: btf: types+0x10: type [2] needs 16 bytes, the type section has 12 left"},
      {"ARRAY without its words",
       [](BtfForge& f) {
         f.type("", Kind::array, 0, false, 0, {0, 0});
       },
       "damaged: btf: types+0x0: type [1] needs 24 bytes, the type section has 20 left"},
      {"one member too many",
       [&](BtfForge& f) {
         f.structure("s", 4, {{"a", 0, 0}});
         f.set_type_word(1, 1, kind_word(Kind::struct_, 2));
       },
       "damaged: btf: types+0x0: type [1] needs 36 bytes, the type section has 24 left"},
      {"as many members as can be told",
       [&](BtfForge& f) {
         f.union_("s", 4, {});
         f.set_type_word(1, 1, kind_word(Kind::union_, 0xffffff));
       },
       "damaged: btf: types+0x0: type [1] needs 201326592 bytes, the type section has 12 left"},
      {"too many enumerators",
       [&](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}});
         f.set_type_word(1, 1, kind_word(Kind::enum_, 2));
       },
       "damaged: btf: types+0x0: type [1] needs 28 bytes, the type section has 20 left"},
      {"too many wide enumerators",
       [&](BtfForge& f) {
         f.enumeration64("e", 8, {{"A", 1}});
         f.set_type_word(1, 1, kind_word(Kind::enum64, 3));
       },
       "damaged: btf: types+0x0: type [1] needs 48 bytes, the type section has 24 left"},
      {"too many parameters",
       [&](BtfForge& f) {
         f.func_proto(0, {});
         f.set_type_word(1, 1, kind_word(Kind::func_proto, 1));
       },
       "damaged: btf: types+0x0: type [1] needs 20 bytes, the type section has 12 left"},
      {"too many variables",
       [&](BtfForge& f) {
         f.datasec(".bss", 4, {});
         f.set_type_word(1, 1, kind_word(Kind::datasec, 1));
       },
       "damaged: btf: types+0x0: type [1] needs 24 bytes, the type section has 12 left"},
  });
}

TEST_CASE("view_parse: a name beyond the string section is rejected, in every kind") {
  const auto reason = [](const std::string& place, const std::string& what) {
    return "damaged: btf: types+" + place + " has a " + what + ", the string section has ";
  };
  check({
      {"name",
       [](BtfForge& f) {
         one_int(f);
         f.set_type_word(1, 0, 5);
       },
       reason("0x0: type [1]", "name at string offset 5") + "5 bytes"},
      {"last name that exists",
       [](BtfForge& f) {
         one_int(f);
         f.set_type_word(1, 0, 4);
       },
       "no error"},
      {"farthest name",
       [](BtfForge& f) {
         one_int(f);
         f.ptr(1);
         f.set_type_word(2, 0, 0xffffffff);
       },
       reason("0x10: type [2]", "name at string offset 4294967295") + "5 bytes"},
      {"member",
       [](BtfForge& f) {
         f.structure("s", 4, {{"a", 0, 0}, {"b", 0, 0}});
         f.set_type_word(1, 6, 7);
       },
       reason("0x0: type [1]", "member name at string offset 7") + "7 bytes"},
      {"member of a union",
       [](BtfForge& f) {
         f.union_("s", 4, {{"a", 0, 0}});
         f.set_type_word(1, 3, 1000);
       },
       reason("0x0: type [1]", "member name at string offset 1000") + "5 bytes"},
      {"enumerator",
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}});
         f.set_type_word(1, 3, 5);
       },
       reason("0x0: type [1]", "member name at string offset 5") + "5 bytes"},
      {"wide enumerator",
       [](BtfForge& f) {
         f.enumeration64("e", 8, {{"A", 1}, {"B", 1}});
         f.set_type_word(1, 6, 8);
       },
       reason("0x0: type [1]", "member name at string offset 8") + "7 bytes"},
      {"parameter",
       [](BtfForge& f) {
         f.func_proto(0, {{"x", 0}});
         f.set_type_word(1, 3, 3);
       },
       reason("0x0: type [1]", "member name at string offset 3") + "3 bytes"},
      {"name of an unknown kind",
       [](BtfForge& f) {
         f.type("x", 21, 0, false, 0);
         f.header().layout.emplace(22);
         f.set_type_word(1, 0, 3);
       },
       reason("0x0: type [1]", "name at string offset 3") + "3 bytes"},
  });
}

TEST_CASE("view_parse: a reference to a missing type is rejected, in every kind") {
  const auto reason = [](const std::string& place, std::uint32_t id, const std::string& types) {
    return "damaged: btf: types+" + place + " refers to type id " + std::to_string(id) + ", the file has " + types +
           " types (BTF of a module cannot be read without its base)";
  };
  struct Row {
    std::string name;
    std::function<void(BtfForge&, std::uint32_t)> forge;  ///< adds a type that refers to the id
  };
  const std::vector<Row> rows = {
      {"ptr", [](BtfForge& f, std::uint32_t id) { f.ptr(id); }},
      {"typedef", [](BtfForge& f, std::uint32_t id) { f.typedef_("t", id); }},
      {"const", [](BtfForge& f, std::uint32_t id) { f.const_(id); }},
      {"volatile", [](BtfForge& f, std::uint32_t id) { f.volatile_(id); }},
      {"restrict", [](BtfForge& f, std::uint32_t id) { f.restrict_(id); }},
      {"type_tag", [](BtfForge& f, std::uint32_t id) { f.type_tag("t", id); }},
      {"func", [](BtfForge& f, std::uint32_t id) { f.func("f", id); }},
      {"var", [](BtfForge& f, std::uint32_t id) { f.var("v", id, 1); }},
      {"decl_tag", [](BtfForge& f, std::uint32_t id) { f.decl_tag("d", id, 0); }},
      {"array element", [](BtfForge& f, std::uint32_t id) { f.array(id, 1, 1); }},
      {"array index", [](BtfForge& f, std::uint32_t id) { f.array(1, id, 1); }},
      {"struct member",
       [](BtfForge& f, std::uint32_t id) {
         f.structure("s", 4, {{"a", 1, 0}, {"b", id, 0}});
       }},
      {"union member",
       [](BtfForge& f, std::uint32_t id) {
         f.union_("s", 4, {{"a", id, 0}, {"b", 1, 0}});
       }},
      {"return type", [](BtfForge& f, std::uint32_t id) { f.func_proto(id, {}); }},
      {"parameter",
       [](BtfForge& f, std::uint32_t id) {
         f.func_proto(1, {{"a", id}});
       }},
      {"variable",
       [](BtfForge& f, std::uint32_t id) {
         f.datasec(".data", 4, {{1, 0, 4}, {id, 0, 4}});
       }},
  };
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const Row& row : rows) {
    // Type 2 of 3, at 0x10, may refer to the type before it and to the type behind it.
    for (const std::uint32_t id : {3U, 4U, 0xffffffffU}) {
      INFO(row.name << " to " << id);
      BtfForge forge(order);
      one_int(forge);
      row.forge(forge, id);
      forge.fwd("last");
      const std::string expected = id == 3 ? "no error" : reason("0x10: type [2]", id, "3");
      CHECK(parse_error(forge.bytes()) == expected);
    }
  }
}

TEST_CASE("view_parse: of several bad type ids the error names that of the first type") {
  BtfForge forge;
  forge.ptr(4);
  forge.ptr(9);
  CHECK(parse_error(forge.bytes()) ==
        "damaged: btf: types+0x0: type [1] refers to type id 4, the file has 2 types (BTF of a module cannot be read "
        "without its base)");
}

TEST_CASE("view_parse: words that are not type ids can have any value") {
  BtfForge forge;
  forge.type("i", Kind::int_, 0, false, 0xffffffff, {0xffffffff});
  forge.type("", Kind::array, 0, false, 0xffffffff, {1, 1, 0xffffffff});
  forge.type("f", Kind::fwd, 0, false, 0xffffffff);
  forge.type("s", Kind::struct_, 1, false, 0xffffffff, {0, 1, 0xffffffff});
  forge.type("e", Kind::enum_, 1, false, 0xffffffff, {0, 0xffffffff});
  forge.type("d", Kind::datasec, 1, false, 0xffffffff, {1, 0xffffffff, 0xffffffff});
  forge.type("x", Kind::float_, 0xffff, true, 0xffffffff);
  CHECK(parse_error(forge.bytes()) == "no error");
  CHECK(LibbpfBtf(forge.bytes()).accepted());
}

}  // namespace minbtf::test
