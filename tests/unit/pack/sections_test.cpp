// SPDX-License-Identifier: BSD-2-Clause
// Streams, and the sections that consist of them. Each is written and read again, and bad ones are refused.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/record_table.hpp"
#include "pack/streams.hpp"
#include "pack/table_sections.hpp"
#include "support/error_text.hpp"
#include "support/forge/pack_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint32_t>;
using btf::Kind;

Bytes one_stream(const Bytes& stream) { return joined_streams({stream}); }

std::uint32_t info(Kind kind, std::uint32_t vlen, bool flag = false) {
  return btf::make_info(static_cast<std::uint8_t>(kind), vlen, flag);
}

/// Encodes records in sections of `in_section` records, decodes each section alone, and returns all records.
std::vector<Numbers> through_sections(const std::vector<Numbers>& records, pack::RecordForm form,
                                      std::uint32_t in_section, const pack::RecordBounds& bounds) {
  pack::RecordTable table;
  for (const Numbers& record : records) table.add(record);
  REQUIRE(table.end() == records.size() + 1);
  const auto record = [&](std::uint32_t id) { return table.words(id); };
  pack::RecordStart before;
  std::vector<Numbers> found;
  for (std::uint32_t first = 1; first < table.end(); first += in_section) {
    const std::uint32_t end = std::min(table.end(), first + in_section);
    const Bytes section = pack::encode_records(record, form, first, end, before);
    const pack::RecordBlock block = pack::decode_records(section, form, first, end - first, bounds, "pack");
    for (std::uint32_t id = first; id < end; ++id) {
      const pack::Words words = block.record(id);
      found.emplace_back(words.begin(), words.end());
    }
  }
  return found;
}

std::uint32_t target(const pack::List& list, std::uint32_t group, std::uint32_t node) {
  std::uint64_t steps = 0;
  const std::uint32_t found = pack::default_target(list, group, node, steps);
  CHECK(steps <= list.size());
  return found;
}

pack::List list_of_pairs(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& nodes_and_groups) {
  pack::List list;
  for (const auto& [node, group] : nodes_and_groups) list.entries.push_back({.node = node, .group = group});
  return list;
}

}  // namespace

TEST_CASE("sections: numbers of all sizes are read as they were written") {
  std::vector<std::uint64_t> numbers = {0, 1, 0x7f, 0x80, 0x3fff, 0x4000, std::numeric_limits<std::uint64_t>::max()};
  for (unsigned shift = 0; shift < 64; ++shift) numbers.push_back(std::uint64_t{1} << shift);
  pack::StreamWriter out(2);
  for (const std::uint64_t number : numbers) {
    out.number(0, number);
    out.signed_number(1, static_cast<std::int64_t>(number));
    out.signed_number(1, -static_cast<std::int64_t>(number >> 1U));
  }
  out.text(1, "text");
  out.byte(1, 0xff);
  const Bytes section = out.section();
  pack::StreamReader in(section, 2, "pack", "section");
  for (const std::uint64_t number : numbers) {
    CHECK(in.number(0) == number);
    CHECK(in.signed_number(1) == static_cast<std::int64_t>(number));
    CHECK(in.signed_number(1) == -static_cast<std::int64_t>(number >> 1U));
  }
  CHECK(in.left(0) == 0);
  CHECK(error_text([&] { in.finish(); }) == "damaged: pack: section: more data than its elements need");
  CHECK(in.text(1) == "text");
  CHECK(in.byte(1) == 0xff);
  in.finish();
}

TEST_CASE("sections: bad streams are refused") {
  const auto number = [](const Bytes& stream) {
    return error_text([&] {
      const Bytes section = one_stream(stream);
      pack::StreamReader in(section, 1, "pack", "section");
      (void)in.number(0);
    });
  };
  const std::string ends = "damaged: pack: section: a stream ends too early";
  CHECK(number({}) == ends);
  CHECK(number({0x80}) == ends);
  CHECK(number({0xff, 0xff, 0xff}) == ends);
  CHECK(number(Bytes(9, 0xff)) == ends);
  CHECK(number(Bytes(10, 0xff)) == "damaged: pack: section: a number with more than 64 bits");
  CHECK(number({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}) ==
        "damaged: pack: section: a number with more than 64 bits");
  CHECK(number({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}) == "no error");
  const auto of = [](const Bytes& section, std::size_t streams) {
    return error_text([&] { pack::StreamReader(section, streams, "pack", "section").finish(); });
  };
  CHECK(of({}, 0) == "no error");
  CHECK(of({}, 1) == "damaged: pack: section: its streams have no sizes");
  CHECK(of({1, 0, 0, 0}, 1) == "damaged: pack: section: a stream does not end in it");
  CHECK(of({0, 0, 0, 0, 0}, 1) == "damaged: pack: section: bytes behind the last stream");
  const Bytes section = one_stream({0x80, 0x80, 0x80, 0x80, 0x10, 4, 'a'});
  pack::StreamReader in(section, 1, "pack", "section");
  CHECK(error_text([&] { (void)in.number32(0); }) == "damaged: pack: section: a number with more than 32 bits");
  CHECK(error_text([&] { (void)in.text(0); }) == ends);
  CHECK(error_text([&] { (void)in.bytes(0, 2); }) == ends);
}

TEST_CASE("sections: records are read as they were written, wherever sections begin") {
  // Words: name, info, size or reference, and the rest of the kind. Field names and cut types are used in order, again,
  // and out of order.
  const std::vector<Numbers> nodes = {
      {3, info(Kind::int_, 0), 4, 32},
      {0, info(Kind::ptr, 0), 1},
      {0, info(Kind::ptr, 0), 0},
      {1, info(Kind::struct_, 3, true), 16, 1, 1, 0, 2, 2, 64, 1, 1, 32},
      {0, info(Kind::ptr, 0), 4},
      {0, info(Kind::union_, 1), 4, 1, 1, 0},
      {2, info(Kind::enum_, 2, true), 4, 6, 0xffffffff, 3, 1},
      {2, info(Kind::enum64, 2), 8, 4, 0xffffffff, 0x80000000, 0, 5, 0},
      {0, info(Kind::array, 0), 0, 4, 1, 7},
      {0, info(Kind::func_proto, 2), 1, 0, 1, 5, 0},
      {4, info(Kind::typedef_, 0), 10},
      {0, info(Kind::const_, 0), 0},
      {5, info(Kind::fwd, 0, true), 0},
      {5, info(Kind::float_, 0), 8},
      {6, info(Kind::type_tag, 0), 12},
      {1, info(Kind::struct_, 0), 0},
      {0, info(Kind::ptr, 0), 2},
  };
  const pack::RecordBounds bounds = {.names = 7, .fields = 7, .keys = 1, .nodes = 18, .cuts = 5};
  for (std::uint32_t in_section = 1; in_section <= nodes.size(); ++in_section) {
    CHECK(through_sections(nodes, pack::RecordForm::node, in_section, bounds) == nodes);
  }
  // References to records more than 64 numbers away.
  std::vector<Numbers> many = {nodes[0]};
  for (std::uint32_t i = 1; i < 200; ++i) many.push_back({0, info(Kind::array, 0), 0, 1 + i / 3, i, i});
  const pack::RecordBounds wide = {.names = 7, .fields = 7, .keys = 1, .nodes = 201, .cuts = 5};
  CHECK(through_sections(many, pack::RecordForm::node, 77, wide) == many);
  const std::vector<Numbers> cuts = {{5, pack::cut_key},
                                     {2, pack::cut_leaf},
                                     {0, pack::cut_key},
                                     {0, info(Kind::ptr, 0), 1},
                                     {0, info(Kind::struct_, 2), 8, 1, 2, 0, 1, 4, 32},
                                     {6, pack::cut_key}};
  const pack::RecordBounds of_cuts = {.names = 1, .fields = 2, .keys = 7, .nodes = 3, .cuts = 7};
  for (std::uint32_t in_section = 1; in_section <= cuts.size(); ++in_section) {
    CHECK(through_sections(cuts, pack::RecordForm::cut, in_section, of_cuts) == cuts);
  }
}

TEST_CASE("sections: numbers in records that are out of bounds are refused") {
  const std::vector<Numbers> nodes = {
      {2, info(Kind::int_, 0), 4, 32}, {0, info(Kind::ptr, 0), 3}, {1, info(Kind::struct_, 1), 16, 4, 2, 0}};
  const pack::RecordBounds enough = {.names = 3, .fields = 5, .keys = 1, .nodes = 4, .cuts = 4};
  const auto error = [&](pack::RecordBounds bounds) {
    return error_text([&] { (void)through_sections(nodes, pack::RecordForm::node, 3, bounds); });
  };
  CHECK(error(enough) == "no error");
  pack::RecordBounds less = enough;
  --less.names;
  CHECK(error(less) == "damaged: pack: nodes: the number of a name that does not exist");
  less = enough;
  --less.fields;
  CHECK(error(less) == "damaged: pack: nodes: the number of a field name that does not exist");
  less = enough;
  --less.cuts;
  CHECK(error(less) == "damaged: pack: nodes: the number of a cut type that does not exist");
  // A reference must lead to an earlier record.
  for (const std::uint32_t to : {2U, 3U, 70U}) {
    const std::vector<Numbers> later = {nodes[0], {0, info(Kind::const_, 0), to}};
    CHECK(error_text([&] { (void)through_sections(later, pack::RecordForm::node, 2, enough); }) ==
          "damaged: pack: nodes: the number of a record that does not exist");
  }
  for (const Kind kind : {Kind::func, Kind::var}) {
    const std::vector<Numbers> other = {nodes[0], {1, info(kind, 0), 1, 0}};
    CHECK(error_text([&] { (void)through_sections(other, pack::RecordForm::node, 2, enough); }) ==
          "damaged: pack: nodes: a record of a kind that is not allowed");
  }
}

TEST_CASE("sections: lists with groups and notes are read as they were written") {
  const Numbers plain = {5, 0, 0};
  const Numbers groups = {7, 0, 0, 7, 3, 1, 2, 0xffffffff, 6, 70000, 2, 0, 1, (1U << 20U) - 1, 0x80000000};
  const Numbers other = {1, 1, 0};
  const std::vector<pack::KeyLists> keys = {{.lists = {plain, groups}, .runs = {{2, 1}, {3, 2}, {5, 0}, {6, 2}}},
                                            {.lists = {}, .runs = {{6, 0}}},
                                            {.lists = {other}, .runs = {{3, 0}, {4, 1}, {6, 0}}}};
  const std::vector<Numbers> of_kernel = {{1, 1, 2, 0, 0, 2}, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0}};
  const Bytes section = pack::encode_lists(keys);
  const pack::ListBlock block(section, 10, 3, 8, 6, "pack");
  CHECK(block.first() == 10);
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    for (std::uint32_t kernel = 0; kernel < 6; ++kernel) {
      CHECK(block.list_of_kernel(10 + key, kernel) == of_kernel[key][kernel]);
    }
    CHECK(block.has(10 + key, keys[key]));
    CHECK(!block.has(10 + key, keys[(key + 1) % keys.size()]));
    for (std::uint32_t i = 0; i < keys[key].lists.size(); ++i) {
      CHECK(std::ranges::equal(pack::list_words(block.list(10 + key, i).entries), keys[key].lists[i]));
    }
  }
  const auto error = [&](std::uint32_t count, std::uint32_t nodes, std::uint32_t kernels) {
    return error_text([&] { (void)pack::ListBlock(section, 10, count, nodes, kernels, "pack"); });
  };
  CHECK(error(3, 8, 6) == "no error");
  CHECK(error(3, 7, 6) == "damaged: pack: lists: the number of a node that does not exist");
  CHECK(error(2, 8, 6) == "damaged: pack: lists: more data than its elements need");
  CHECK(error(4, 8, 6) == "damaged: pack: lists: a stream ends too early");
  CHECK(error(3, 8, 5) == "damaged: pack: lists: the number of a list that does not exist");
  CHECK(error(1, 8, 2) == "damaged: pack: lists: more data than its elements need");
  CHECK(error(1, 8, 1) == "damaged: pack: lists: a run with a length that is not allowed");
  CHECK(error(3, 8, 7).starts_with("damaged: pack: lists: "));
}

TEST_CASE("sections: strings and keys are read as they were written, and bad ones are refused") {
  pack::StringTable names;
  for (const char* name : {"a", "b", "b___x", "c___y", "d"}) names.add(name);
  CHECK(names.add("b") == 2);
  const Bytes section = pack::encode_strings(std::vector<std::string_view>{"a", "b", "b___x", "c___y", "d"});
  const pack::Strings strings = pack::Strings(section, 5, "pack", "names");
  REQUIRE(strings.size() == 6);
  for (pack::StringId id = 0; id < names.size(); ++id) CHECK(strings[id] == names.text(id));
  const auto string_error = [](const std::string& text, std::uint32_t count) {
    return error_text([&] { (void)pack::Strings(Bytes(text.begin(), text.end()), count, "pack", "names"); });
  };
  const std::string number = "damaged: pack: names: another number of strings than the section table has";
  CHECK(string_error("", 0) == "no error");
  CHECK(string_error(std::string("a\0", 2), 1) == "no error");
  CHECK(string_error(std::string("a\0b", 3), 1) == number);
  CHECK(string_error(std::string("a\0", 2), 2) == number);
  CHECK(string_error("a", 0) == number);
  CHECK(string_error(std::string("a\0\0", 3), 2) == "damaged: pack: names: an empty string");

  using Keys = std::vector<pack::Key>;
  const Keys keys = {{}, {1, Kind::struct_}, {2, Kind::struct_}, {2, Kind::enum_}, {5, Kind::typedef_}};
  CHECK(pack::decode_keys(pack::encode_keys(keys), 0, 5, strings, "pack") == keys);
  const pack::KeyTable table(keys, strings);
  CHECK(table.keys == keys);
  CHECK(table.named("b") == Numbers{2, 3});
  CHECK(table.named("c").empty());
  CHECK(table.named("").empty());
  CHECK(table.find(2, Kind::enum64) == 3U);
  CHECK(table.find(3, Kind::struct_) == 2U);  // b___x
  CHECK(table.find(4, Kind::struct_) == std::nullopt);
  CHECK(table.find(1, Kind::union_) == std::nullopt);
  const auto key_error = [&](const Keys& bad) {
    return error_text([&] {
      (void)pack::decode_keys(pack::encode_keys(bad), 0, static_cast<std::uint32_t>(bad.size()), strings, "pack");
    });
  };
  CHECK(key_error({}) == "damaged: pack: keys: no key of all INTs");
  CHECK(key_error({{1, Kind::struct_}}) == "damaged: pack: keys: the first key is not that of all INTs");
  CHECK(key_error({{}, {2, Kind::struct_}, {2, Kind::struct_}}) == "damaged: pack: keys: keys that are not sorted");
  CHECK(key_error({{}, {2, Kind::enum_}, {2, Kind::struct_}}) == "damaged: pack: keys: keys that are not sorted");
  CHECK(key_error({{}, {6, Kind::struct_}}) == "damaged: pack: keys: the number of a name that does not exist");
  for (const Kind kind : {Kind::int_, Kind::ptr, Kind::func, Kind::enum64, static_cast<Kind>(99)}) {
    CHECK(key_error({{}, {1, kind}}) == "damaged: pack: keys: a key of a kind that has no list");
  }
}

TEST_CASE("sections: the default of a reference is the first fitting entry of the nearest group") {
  const bool is_indexed = GENERATE(false, true);
  // Node and group.
  pack::List list = list_of_pairs({{1, 0}, {2, 0}, {1, 0}, {3, 2}, {1, 2}, {1, 5}, {4, 9}});
  if (is_indexed) list.index_groups();
  struct Row {
    std::uint32_t group;
    std::uint32_t node;
    std::uint32_t expected;
  };
  const std::vector<Row> rows = {
      {0, 0, 0}, {0, 1, 0}, {0, 2, 1}, {1, 0, 0}, {2, 0, 3}, {2, 1, 4}, {2, 2, 1}, {3, 1, 4},   {4, 0, 3},
      {5, 1, 5}, {8, 1, 5}, {9, 0, 6}, {9, 3, 3}, {0, 3, 3}, {0, 4, 6}, {1, 4, 6}, {100, 0, 6}, {0xffffffff, 2, 1},
  };
  for (const Row& row : rows) {
    INFO("group " << row.group << ", node " << row.node);
    CHECK(target(list, row.group, row.node) == row.expected);
  }
  CHECK(target(list, 5, 8) == pack::no_entry);
  pack::List empty;
  if (is_indexed) empty.index_groups();
  CHECK(target(empty, 0, 0) == pack::no_entry);
}

}  // namespace minbtf::test
