// SPDX-License-Identifier: BSD-2-Clause
#include "commands/dump/dump_json.hpp"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using cli::Detail;
using nlohmann::json;

std::string text_of(const btf::View& view, const std::vector<Detail>& details) {
  std::string text;
  cli::write_json(view, details, [&](std::string_view piece) { text += piece; });
  return text;
}

std::string all_of(const BtfForge& forge) {
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  return text_of(view, cli::all_details(view));
}

/// Returns the ids and the detail of the types that `ids` need: "1 full, 4 head".
std::string needed(const BtfForge& forge, const std::vector<std::uint32_t>& ids) {
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  const std::vector<Detail> details = cli::details_for(view, ids);
  std::string text;
  for (std::uint32_t id = 0; id < details.size(); ++id) {
    if (details[id] == Detail::none) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(id) + (details[id] == Detail::full ? " full" : " head");
  }
  return text;
}

}  // namespace

TEST_CASE("dump_json: a type of any kind is one line with bpftool's words") {
  const std::string lines =
      R"=({"id":1,"kind":"INT","name":"int","size":4,"bits_offset":0,"nr_bits":32,"encoding":"SIGNED"},
{"id":2,"kind":"INT","name":"long unsigned int","size":8,"bits_offset":0,"nr_bits":64,"encoding":"(none)"},
{"id":3,"kind":"PTR","name":"(anon)","type_id":4},
{"id":4,"kind":"STRUCT","name":"s","size":40,"vlen":5,"members":[{"name":"a","type_id":1,"bits_offset":0},{"name":"next","type_id":3,"bits_offset":64},{"name":"list","type_id":5,"bits_offset":128},{"name":"(anon)","type_id":6,"bits_offset":192},{"name":"e","type_id":7,"bits_offset":256}]},
{"id":5,"kind":"ARRAY","name":"(anon)","type_id":1,"index_type_id":2,"nr_elems":2},
{"id":6,"kind":"UNION","name":"(anon)","size":8,"vlen":2,"members":[{"name":"x","type_id":1,"bits_offset":0},{"name":"y","type_id":2,"bits_offset":0}]},
{"id":7,"kind":"ENUM","name":"e","encoding":"SIGNED","size":4,"vlen":2,"values":[{"name":"A","val":-1},{"name":"B","val":2}]},
{"id":8,"kind":"FWD","name":"later","fwd_kind":"union"},
{"id":9,"kind":"TYPEDEF","name":"t","type_id":4},
{"id":10,"kind":"VOLATILE","name":"(anon)","type_id":1},
{"id":11,"kind":"CONST","name":"(anon)","type_id":10},
{"id":12,"kind":"RESTRICT","name":"(anon)","type_id":3},
{"id":13,"kind":"FUNC_PROTO","name":"(anon)","ret_type_id":1,"vlen":3,"params":[{"name":"x","type_id":11},{"name":"y","type_id":12},{"name":"(anon)","type_id":0}]},
{"id":14,"kind":"FUNC","name":"function","type_id":13,"linkage":"global"},
{"id":15,"kind":"VAR","name":"variable","type_id":1,"linkage":"global"},
{"id":16,"kind":"DATASEC","name":".data","size":4,"vlen":1,"vars":[{"type_id":15,"offset":0,"size":4}]},
{"id":17,"kind":"FLOAT","name":"float","size":4},
{"id":18,"kind":"DECL_TAG","name":"declared","type_id":4,"component_idx":1,"kind_flag":false},
{"id":19,"kind":"TYPE_TAG","name":"user","type_id":1,"kind_flag":false},
{"id":20,"kind":"ENUM64","name":"e64","encoding":"UNSIGNED","size":8,"vlen":2,"values":[{"name":"BIG","val":1099511627776},{"name":"LEAST","val":9223372036854775808}]},
{"id":21,"kind":"STRUCT","name":"bits","size":4,"vlen":2,"members":[{"name":"low","type_id":1,"bits_offset":0,"bitfield_size":3},{"name":"high","type_id":19,"bits_offset":3,"bitfield_size":29}]})=";
  CHECK(all_of(EveryKind().forge) == lines);
  CHECK(all_of(EveryKind(ByteOrder::big).forge) == lines);
}

TEST_CASE("dump_json: kind_flag of a tag, which makes the tag an attribute by itself, is written") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  forge.type("address_space(1)", btf::Kind::type_tag, 0, true, int_);
  forge.type("aligned(4)", btf::Kind::decl_tag, 0, true, int_, {0xffffffff});
  const json types = json::parse("[" + all_of(forge) + "]");
  CHECK(types[1] ==
        json{{"id", 2}, {"kind", "TYPE_TAG"}, {"name", "address_space(1)"}, {"type_id", 1}, {"kind_flag", true}});
  CHECK(types[2] == json{{"id", 3},
                         {"kind", "DECL_TAG"},
                         {"name", "aligned(4)"},
                         {"type_id", 1},
                         {"component_idx", -1},
                         {"kind_flag", true}});
}

TEST_CASE("dump_json: the smallest and largest numbers are exact, and unknown encodings and linkages have words") {
  BtfForge forge;
  forge.enumeration("", 4, {{"A", 0xffffffff}, {"B", 0x7fffffff}});
  forge.enumeration("", 4, {{"A", INT32_MIN}}, true);
  forge.enumeration64("", 8, {{"A", INT64_MIN}, {"B", -1}}, true);
  forge.enumeration64("", 8, {{"A", -1}});
  forge.integer("", 16, 2);
  forge.integer("", 1, 4, 1, 7);
  forge.integer("", 1, 3);
  forge.func("", 0, 0);
  forge.func("", 0, 2);
  forge.func("", 0, 3);
  forge.var("", 0, 2);
  forge.decl_tag("", 0, 0xffffffff);
  forge.fwd("");
  const json types = json::parse("[" + all_of(forge) + "]");
  CHECK(types[0]["values"] == json::parse(R"=([{"name":"A","val":4294967295},{"name":"B","val":2147483647}])="));
  CHECK(types[1]["values"][0]["val"] == INT32_MIN);
  CHECK(types[2]["values"] == json::parse(R"=([{"name":"A","val":-9223372036854775808},{"name":"B","val":-1}])="));
  CHECK(types[3]["values"][0]["val"] == UINT64_MAX);
  CHECK(types[4]["encoding"] == "CHAR");
  CHECK(types[4]["nr_bits"] == 128);
  CHECK(types[5]["encoding"] == "BOOL");
  CHECK(types[5]["nr_bits"] == 1);
  CHECK(types[5]["bits_offset"] == 7);
  CHECK(types[6]["encoding"] == "UNKN");
  CHECK(types[7]["linkage"] == "static");
  CHECK(types[8]["linkage"] == "extern");
  CHECK(types[9]["linkage"] == "(unknown)");
  CHECK(types[10]["linkage"] == "extern");
  CHECK(types[11]["component_idx"] == -1);
  CHECK(types[12]["fwd_kind"] == "struct");
}

TEST_CASE("dump_json: bytes of a name that are not UTF-8 become U+FFFD") {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"a\"b\\c/", "a\"b\\c/"},
      {"\n\t\x01\x1f\x7f", "\n\t\x01\x1f\x7f"},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"a\xff", "a\xef\xbf\xbd"},
      {"\xc3", "\xef\xbf\xbd"},                                                  // incomplete
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // not the shortest form
      {"\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // the same
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // a surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // over U+10FFFF
      {"\xf0\x8f\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xe2\x82"
       "a",
       "\xef\xbf\xbd\xef\xbf\xbd"
       "a"},
  };
  BtfForge forge;
  for (const auto& [name, expected] : names) forge.fwd(name);
  const json types = json::parse("[" + all_of(forge) + "]");
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(i);
    CHECK(types[i]["name"].get<std::string>() == names[i].second);
  }
}

TEST_CASE("dump_json: a type of an unknown kind is written as UNKNOWN with its raw fields") {
  BtfForge forge;
  forge.type("new", 20, 3, true, 77, {1, 2, 3, 4});
  forge.typedef_("t", 1);
  forge.header().layout = std::vector<ForgedLayout>(21);
  forge.header().layout->back() = {.info_sz = 4, .elem_sz = 4};
  CHECK(all_of(forge) ==
        R"=({"id":1,"kind":"UNKNOWN","name":"new","kind_number":20,"kind_flag":true,"vlen":3,"size_or_type":77},
{"id":2,"kind":"TYPEDEF","name":"t","type_id":1})=");
  CHECK(needed(forge, {2}) == "1 full, 2 full");
}

TEST_CASE("dump_json: a type is written with the types that it needs, and structs behind pointers without members") {
  const EveryKind all;
  CHECK(needed(all.forge, {all.int_}) == "1 full");
  CHECK(needed(all.forge, {all.ptr}) == "3 full, 4 head");
  CHECK(needed(all.forge, {all.array}) == "1 full, 2 full, 5 full");
  CHECK(needed(all.forge, {all.struct_}) == "1 full, 2 full, 3 full, 4 full, 5 full, 6 full, 7 full");
  CHECK(needed(all.forge, {all.func}) == "1 full, 3 full, 4 head, 10 full, 11 full, 12 full, 13 full, 14 full");
  CHECK(needed(all.forge, {all.datasec}) == "1 full, 15 full, 16 full");
  CHECK(needed(all.forge, {all.decl_tag}) == "4 head, 18 full");
  CHECK(needed(all.forge, {all.ptr, all.float_}) == "3 full, 4 head, 17 full");

  const btf::View view = btf::View::parse(all.forge.bytes(), "f");
  CHECK(text_of(view, cli::details_for(view, {all.ptr})) ==
        "{\"id\":3,\"kind\":\"PTR\",\"name\":\"(anon)\",\"type_id\":4},\n"
        "{\"id\":4,\"kind\":\"STRUCT\",\"name\":\"s\",\"size\":40,\"vlen\":5}");
}

TEST_CASE("dump_json: a loop of 200,000 types is followed to its end") {
  BtfForge forge;
  for (std::uint32_t i = 1; i <= 200000; ++i) forge.ptr(i % 200000 + 1);
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  const std::vector<Detail> details = cli::details_for(view, {7});
  CHECK(std::count(details.begin(), details.end(), Detail::full) == 200000);
  BtfForge empty;
  CHECK(all_of(empty).empty());
}

TEST_CASE("dump_json: the file is described by name, byte order, pointer size and number of types") {
  const EveryKind all(ByteOrder::big);
  const btf::View view = btf::View::parse(all.forge.bytes(), "name");
  cli::Json document;
  cli::describe(view, {}, document);
  CHECK(document == cli::Json{{"file", "name"}, {"byte_order", "big"}, {"pointer_size", 8}, {"type_count", 21}});
  const btf::View none = btf::View::parse(BtfForge().bytes(), "none");
  cli::Json other;
  cli::describe(none, {3, 4}, other);
  CHECK(other == cli::Json{{"file", "none"}, {"byte_order", "little"}, {"type_count", 0}, {"selected", {3, 4}}});
}

TEST_CASE("dump_json: the text is written in pieces, and an exception of the writer reaches the caller") {
  BtfForge forge;
  for (int i = 0; i < 20000; ++i) forge.typedef_("type_number_" + std::to_string(i), 0);
  const btf::View view = btf::View::parse(forge.bytes(), "f");
  const auto details = cli::all_details(view);
  std::size_t largest = 0;
  cli::write_json(view, details, [&](std::string_view piece) { largest = std::max(largest, piece.size()); });
  CHECK(largest < 70000);
  CHECK(json::parse("[" + all_of(forge) + "]").size() == 20000);
  const auto full = [](std::string_view) { throw Error(ErrorKind::io, "out", "", "full"); };
  CHECK(error_text([&] { cli::write_json(view, details, full); }) == "io: out: full");
}

}  // namespace minbtf::test
