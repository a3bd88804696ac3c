// SPDX-License-Identifier: BSD-2-Clause
#include "object/btf_ext.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <iterator>

#include "elf/elf_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/line_forge.hpp"

namespace minbtf::test {

using object::CoreRecord;
using object::LineInfo;
using object::parse_core_records;

namespace {

struct Group {
  std::uint32_t name;
  std::vector<CoreRecord> records;
};

/// Offsets in the result: header 0, record size 0x20, first group 0x24, count of the group 0x28, its records 0x2c.
std::vector<std::uint8_t> forge(ByteOrder order, std::uint32_t record_size, const std::vector<Group>& groups,
                                std::uint32_t header = 32) {
  ByteSink core(order);
  core.u32(record_size);
  for (const Group& group : groups) {
    core.u32(group.name);
    core.u32(static_cast<std::uint32_t>(group.records.size()));
    for (const CoreRecord& record : group.records) {
      core.u32(record.insn_off);
      core.u32(record.type_id);
      core.u32(record.access_str_off);
      core.u32(record.kind);
      for (std::uint32_t i = 16; i < record_size; ++i) core.u8(0xff);
    }
  }
  ByteSink out(order);
  out.u16(0xeb9f);
  out.u8(1);
  out.u8(0);
  out.u32(header);
  for (int i = 0; i < 4; ++i) out.u32(0);
  out.u32(0);
  out.u32(static_cast<std::uint32_t>(core.size()));
  out.zeros(header - 32);
  out.append(core.bytes());
  return out.bytes();
}

std::vector<Group> two_groups() {
  return {
      {.name = 7,
       .records = {{.section_name_off = 7, .insn_off = 8, .type_id = 1, .access_str_off = 2, .kind = 3},
                   {.section_name_off = 7, .insn_off = 16, .type_id = 4, .access_str_off = 5, .kind = 6}}},
      {.name = 9,
       .records = {{.section_name_off = 9, .insn_off = 0, .type_id = 0xffffffff, .access_str_off = 0, .kind = 12}}}};
}

std::string parse_error(const std::vector<std::uint8_t>& bytes) {
  return error_text([&] { (void)parse_core_records(bytes, "object"); });
}

/// BTF with the names that the line info uses.
struct Names {
  explicit Names(ByteOrder order) : forge(order) {}

  BtfForge forge;
  std::uint32_t one = forge.string("tp/one");
  std::uint32_t text = forge.string(".text");
  std::uint32_t a = forge.string("src/a.bpf.c");
  std::uint32_t b = forge.string("/usr/include/b.h");
};

std::string at(const LineInfo& lines, std::string_view section, std::uint64_t program_off, std::uint64_t insn_off) {
  const auto line = lines.find(section, program_off, insn_off);
  if (!line) return "none";
  return std::string(line->file) + ":" + std::to_string(line->line) + ":" + std::to_string(line->column);
}

}  // namespace

TEST_CASE("btf_ext: records of 16 bytes or more are read from many sections, in file order") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto record_size = GENERATE(16U, 20U, 32U);
  const auto header = GENERATE(32U, 36U, 64U);
  const auto records = parse_core_records(forge(order, record_size, two_groups(), header), "object");
  REQUIRE(records.size() == 3);
  std::size_t i = 0;
  for (const Group& group : two_groups()) {
    for (const CoreRecord& expected : group.records) {
      INFO("record " << i);
      CHECK(records[i].section_name_off == expected.section_name_off);
      CHECK(records[i].insn_off == expected.insn_off);
      CHECK(records[i].type_id == expected.type_id);
      CHECK(records[i].access_str_off == expected.access_str_off);
      CHECK(records[i].kind == expected.kind);
      ++i;
    }
  }
}

TEST_CASE("btf_ext: a section may have several groups") {
  std::vector<Group> groups = two_groups();
  groups.push_back(groups[0]);
  const auto records = parse_core_records(forge(ByteOrder::little, 16, groups), "object");
  REQUIRE(records.size() == 5);
  CHECK(records[4].section_name_off == 7);
}

TEST_CASE("btf_ext: a section without CO-RE information has no records") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::vector<std::uint8_t> bytes = forge(order, 16, two_groups());
  SECTION("the header is from before CO-RE") {
    set_u32(bytes, 4, 24, order);
    CHECK(parse_core_records(bytes, "object").empty());
  }
  SECTION("the header has no CO-RE part") {
    bytes.resize(8);
    set_u32(bytes, 4, 8, order);
    CHECK(parse_core_records({bytes.data(), bytes.size()}, "object").empty());
  }
  SECTION("the records have 0 bytes") {
    set_u32(bytes, 28, 0, order);
    CHECK(parse_core_records(bytes, "object").empty());
  }
}

TEST_CASE("btf_ext: other parts may precede the CO-RE records") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::vector<std::uint8_t> bytes = forge(order, 16, two_groups());
  bytes.insert(bytes.begin() + 32, 8, 0xee);
  set_u32(bytes, 24, 8, order);
  CHECK(parse_core_records(bytes, "object").size() == 3);
}

TEST_CASE("btf_ext: a section with wrong lengths, offsets or counts is rejected") {
  struct Row {
    std::string name;
    std::function<void(std::vector<std::uint8_t>&, ByteOrder)> lie;
    std::string expected;
  };
  const auto word = [](std::size_t at, std::uint32_t value) {
    return [at, value](std::vector<std::uint8_t>& bytes, ByteOrder order) { set_u32(bytes, at, value, order); };
  };
  // The header has 32 bytes, the records 4 + (8 + 2 * 16) + (8 + 16) bytes.
  const std::vector<Row> rows = {
      {"no magic", [](auto& bytes, ByteOrder) { bytes[0] = 0; },
       "damaged: object: .BTF.ext+0x0: the magic number is missing"},
      {"version", [](auto& bytes, ByteOrder) { bytes[2] = 2; },
       "unsupported: object: .BTF.ext+0x2: version 2, flags 0"},
      {"flags", [](auto& bytes, ByteOrder) { bytes[3] = 1; }, "unsupported: object: .BTF.ext+0x2: version 1, flags 1"},
      {"short header", word(4, 7), "damaged: object: .BTF.ext+0x4: header length 7"},
      {"long header", word(4, 101), "damaged: object: .BTF.ext+0x4: header length 101"},
      {"longest header", word(4, 0xffffffff), "damaged: object: .BTF.ext+0x4: header length 4294967295"},
      {"not aligned", word(24, 2), "damaged: object: .BTF.ext+0x18: the CO-RE records are not aligned to 4 bytes"},
      {"far away", word(24, 72),
       "damaged: object: .BTF.ext+0x18: the CO-RE records (68 bytes at 104) reach beyond the section's 100 bytes"},
      {"farthest", word(24, 0xfffffffc),
       "damaged: object: .BTF.ext+0x18: the CO-RE records (68 bytes at 4294967324) reach beyond the section's 100 "
       "bytes"},
      {"too long", word(28, 69),
       "damaged: object: .BTF.ext+0x18: the CO-RE records (69 bytes at 32) reach beyond the section's 100 bytes"},
      {"too short for a size", word(28, 3), "damaged: object: .BTF.ext+0x20: no room for the record size"},
      {"a size and nothing else", word(28, 4),
       "damaged: object: .BTF.ext+0x24: CO-RE records are announced and missing"},
      {"half a group", word(28, 11), "damaged: object: .BTF.ext+0x24: truncated group of CO-RE records"},
      {"half a second group", word(28, 51), "damaged: object: .BTF.ext+0x4c: truncated group of CO-RE records"},
      {"half a record", word(28, 67),
       "damaged: object: .BTF.ext+0x50: 1 CO-RE records of 16 bytes are announced, 15 bytes are left"},
      {"record size 0", word(32, 0), "damaged: object: .BTF.ext+0x20: record size 0"},
      {"record size 12", word(32, 12), "damaged: object: .BTF.ext+0x20: record size 12"},
      {"record size 18", word(32, 18), "damaged: object: .BTF.ext+0x20: record size 18"},
      {"largest record", word(32, 0xfffffffc),
       "damaged: object: .BTF.ext+0x28: 2 CO-RE records of 4294967292 bytes are announced, 56 bytes are left"},
      {"no records", word(40, 0), "damaged: object: .BTF.ext+0x28: a group without CO-RE records"},
      {"most records", word(40, 0xffffffff),
       "damaged: object: .BTF.ext+0x28: 4294967295 CO-RE records of 16 bytes are announced, 56 bytes are left"},
      {"another record size", word(32, 20),
       "damaged: object: .BTF.ext+0x58: 4294967295 CO-RE records of 20 bytes are announced, 8 bytes are left"},
  };
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const Row& row : rows) {
    INFO(row.name << (order == ByteOrder::little ? ", little-endian" : ", big-endian"));
    std::vector<std::uint8_t> bytes = forge(order, 16, two_groups());
    REQUIRE(bytes.size() == 100);
    row.lie(bytes, order);
    CHECK(parse_error(bytes) == row.expected);
  }
}

TEST_CASE("btf_ext: a count and a size whose product overflows are rejected") {
  std::vector<std::uint8_t> bytes = forge(ByteOrder::little, 16, two_groups());
  set_u32(bytes, 32, 0x80000000, ByteOrder::little);
  set_u32(bytes, 40, 0x80000000, ByteOrder::little);
  CHECK(
      parse_error(bytes) ==
      "damaged: object: .BTF.ext+0x28: 2147483648 CO-RE records of 2147483648 bytes are announced, 56 bytes are left");
}

TEST_CASE("btf_ext: a truncated section is rejected") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto bytes = forge(order, 20, two_groups());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<std::uint8_t> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    INFO(length << " bytes");
    CHECK(parse_error(part).starts_with("damaged: object: .BTF.ext+0x"));
  }
  CHECK(parse_error({}) == "damaged: object: .BTF.ext+0x0: truncated header: 0 bytes");
}

TEST_CASE("btf_ext: line info is read in either byte order and with any record size, with and without CO-RE") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto record_size = GENERATE(16U, 20U);
  const auto header = GENERATE(24U, 32U);
  const auto bytes =
      forge_line_info(order,
                      {{.section_name_off = 7,
                        .lines = {{.insn_off = 0, .file_name_off = 3, .line = 12, .column = 5},
                                  {.insn_off = 16, .file_name_off = 4, .line = 0x3fffff, .column = 0x3ff}}},
                       {.section_name_off = 9, .lines = {{.insn_off = 8, .file_name_off = 5}}}},
                      record_size, header);
  CHECK(parse_core_records(bytes, "object").empty());
  const auto records = object::parse_line_records(bytes, "object");
  REQUIRE(records.size() == 3);
  CHECK(records[0].section_name_off == 7);
  CHECK(records[0].insn_off == 0);
  CHECK(records[0].file_name_off == 3);
  CHECK(records[0].line == 12);
  CHECK(records[0].column == 5);
  CHECK(records[1].insn_off == 16);
  CHECK(records[1].line == 0x3fffff);
  CHECK(records[1].column == 0x3ff);
  CHECK(records[2].section_name_off == 9);
  CHECK(records[2].file_name_off == 5);
  CHECK(records[2].line == 0);
}

TEST_CASE("btf_ext: a section without line info has no line records") {
  CHECK(object::parse_line_records(forge(ByteOrder::little, 16, two_groups()), "object").empty());
  std::vector<std::uint8_t> bytes = forge_line_info(ByteOrder::little, {{.section_name_off = 7, .lines = {{}}}});
  set_u32(bytes, 4, 16, ByteOrder::little);  // a header that ends before the fields for line info
  CHECK(object::parse_line_records(bytes, "object").empty());
}

TEST_CASE("btf_ext: line info with wrong lengths, offsets or counts is rejected") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto lie = [&](std::size_t at, std::uint32_t value) {
    auto bytes = forge_line_info(order, {{.section_name_off = 7, .lines = {{}, {}}}});
    REQUIRE(bytes.size() == 68);
    set_u32(bytes, at, value, order);
    return error_text([&] { (void)object::parse_line_records(bytes, "object"); });
  };
  CHECK(lie(16, 2) == "damaged: object: .BTF.ext+0x10: the line info records are not aligned to 4 bytes");
  CHECK(lie(20, 45) ==
        "damaged: object: .BTF.ext+0x10: the line info records (45 bytes at 24) reach beyond the section's 68 bytes");
  CHECK(lie(20, 4) == "damaged: object: .BTF.ext+0x1c: line info records are announced and missing");
  CHECK(lie(24, 12) == "damaged: object: .BTF.ext+0x18: record size 12");
  CHECK(lie(32, 0) == "damaged: object: .BTF.ext+0x20: a group without line info records");
  CHECK(lie(32, 3) ==
        "damaged: object: .BTF.ext+0x20: 3 line info records of 16 bytes are announced, 32 bytes are left");
}

TEST_CASE("btf_ext: truncated line info is rejected") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto bytes = forge_line_info(order, {{.section_name_off = 7, .lines = {{}, {}}}}, 20);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<std::uint8_t> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    INFO(length << " bytes");
    CHECK(error_text([&] {
            (void)object::parse_line_records(part, "object");
          }).starts_with("damaged: object: .BTF.ext+0x"));
  }
}

TEST_CASE("btf_ext: the name of a section has 1 to 1024 bytes") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  BtfForge forge(order);
  const std::uint32_t one = forge.string("tp/one");
  const std::uint32_t longest = forge.string(std::string(1024, 's'));
  const std::uint32_t longer = forge.string(std::string(1025, 't'));
  const auto btf = btf::View::parse(forge.bytes(), "object");
  const auto name = [&](std::uint32_t offset) { return object::section_name(btf, offset, "records", "object"); };
  CHECK(name(one) == "tp/one");
  CHECK(name(one + 3) == "one");
  CHECK(name(longest).size() == 1024);
  const auto error = [&](std::uint32_t offset) { return error_text([&] { (void)name(offset); }); };
  CHECK(error(0) == "damaged: object: .BTF.ext: records for a section without a name");
  CHECK(error(0xffffffff) == "damaged: object: .BTF.ext: records for a section without a name");
  CHECK(error(longer) == "damaged: object: .BTF.ext: records for a section with a name of over 1024 bytes");
  CHECK(name(longer + 1).size() == 1024);
}

TEST_CASE("line_info: an instruction has the line of the last record at or before it") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  Names names(order);
  const auto btf = btf::View::parse(names.forge.bytes(), "object");
  // The records are out of order, and one section occurs twice.
  const auto section = forge_line_info(
      order, {{names.one, {{24, names.b, 7, 2}, {0, names.a, 10, 1}, {32, names.a, 0, 0}, {40, names.a, 12, 3}}},
              {names.text, {{8, names.a, 99, 0}}},
              {names.one, {{64, names.a, 20, 1}}}});
  const LineInfo lines(section, btf, "object");
  CHECK(at(lines, "tp/one", 0, 0) == "src/a.bpf.c:10:1");
  CHECK(at(lines, "tp/one", 0, 16) == "src/a.bpf.c:10:1");
  CHECK(at(lines, "tp/one", 0, 24) == "/usr/include/b.h:7:2");
  CHECK(at(lines, "tp/one", 0, 32) == "none");  // line 0: generated by the compiler
  CHECK(at(lines, "tp/one", 0, 40) == "src/a.bpf.c:12:3");
  CHECK(at(lines, "tp/one", 0, 63) == "src/a.bpf.c:12:3");
  CHECK(at(lines, "tp/one", 0, 0xffffffffffff) == "src/a.bpf.c:20:1");
  CHECK(at(lines, ".text", 0, 0) == "none");
  CHECK(at(lines, ".text", 0, 8) == "src/a.bpf.c:99:0");
  CHECK(at(lines, "tp/on", 0, 0) == "none");
  // Lines of the preceding program do not count.
  CHECK(at(lines, "tp/one", 48, 56) == "none");
  CHECK(at(lines, "tp/one", 40, 56) == "src/a.bpf.c:12:3");
  CHECK(at(LineInfo(), "tp/one", 0, 0) == "none");
}

TEST_CASE("line_info: a section or file without a name is damaged line info") {
  Names names(ByteOrder::little);
  const auto btf = btf::View::parse(names.forge.bytes(), "object");
  const auto error = [&](std::uint32_t section, std::uint32_t file) {
    const auto bytes = forge_line_info(ByteOrder::little, {{section, {{0, names.a, 1, 1}, {8, file, 1, 1}}}});
    return error_text([&] { LineInfo(bytes, btf, "object"); });
  };
  CHECK(error(names.one, names.b) == "no error");
  const std::string section = "damaged: object: .BTF.ext: line info for a section without a name";
  CHECK(error(0, names.a) == section);
  CHECK(error(0x10000, names.a) == section);
  const std::string file = "damaged: object: .BTF.ext: line info for a file without a name";
  CHECK(error(names.one, 0) == file);
  CHECK(error(names.one, 0xffffffff) == file);
}

TEST_CASE("line_info: an instruction compiled by clang has the line of its access") {
  const std::string order = GENERATE("el", "eb");
  const std::string text = contents_of(bpf_object("basic", order));
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const BpfObject object = BpfObject::parse(bytes, "basic");
  const object::ObjectData& data = object::data_of(object);
  const auto elf = elf::ElfFile::from_memory(bytes, "basic");
  const LineInfo lines(elf.section(".BTF.ext")->data, *data.btf, "basic");
  // The source text in the lines of the relocations. clang gives the instruction that takes a member's offset the line
  // of the access, or the line of the expression before it.
  std::ifstream source(TEST_SOURCE_DIR "/tests/bpf/basic.bpf.c");
  std::vector<std::string> wanted = {""};
  for (std::string line; std::getline(source, line);) wanted.push_back(line);
  const std::vector<std::string> members = {"pid", "real_parent", "tgid", "__state", "__state", "state"};
  REQUIRE(data.records.size() == members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const object::Record& record = data.records[i];
    const auto line = lines.find(data.sections[record.section], data.extents[record.program].offset, record.insn_off);
    REQUIRE(line);
    CHECK(line->file.ends_with("tests/bpf/basic.bpf.c"));
    REQUIRE(line->line + 2 < wanted.size());
    INFO(line->line);
    CHECK_THAT(wanted[line->line] + wanted[line->line + 1] + wanted[line->line + 2], Catch::Contains(members[i]));
  }
}

}  // namespace minbtf::test
