// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/bpf_object.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <optional>

#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Insns = std::vector<ForgedInsn>;

constexpr auto exists = static_cast<std::uint32_t>(RelocationKind::field_exists);

/// p0 and p1 are programs of one section, helper is a subprogram. Each has one or two records.
std::vector<ForgedProgram> programs() {
  const auto wide = ld_imm64(0x1122334455667788);
  return {
      {.name = "p0",
       .section = "tp/one",
       .insns = {mov_imm(1), mov_imm(2), exit_insn()},
       .records = {{.insn = 1, .type_id = 4, .access = "0:0", .kind = exists}}},
      {.name = "helper",
       .section = ".text",
       .insns = {ldx(2, 40), exit_insn()},
       .records = {{.insn = 0, .type_id = 4, .access = "0:1", .kind = 0}}},
      {.name = "p1",
       .section = "tp/one",
       .insns = {wide[0], wide[1], mov_imm(-5), exit_insn()},
       .records = {{.insn = 0, .type_id = 7, .access = "1", .kind = 11},
                   {.insn = 2, .type_id = 9, .access = "0", .kind = 8}}},
  };
}

BpfObject parse(const std::vector<ForgedProgram>& of, const ForgedObjectOptions& options = {}) {
  return BpfObject::parse(forge_object(EveryKind(options.order).forge, of, options), "object");
}

std::string parse_error(const std::vector<ForgedProgram>& of, const ForgedObjectOptions& options = {}) {
  return error_text([&] { (void)parse(of, options); });
}

std::string access(const BpfObject& object, std::size_t record) {
  return std::string(object::data_of(object).btf->string(object::data_of(object).records[record].access_str_off));
}

}  // namespace

TEST_CASE("bpf_object: programs of one section and subprograms are separated") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto record_size = GENERATE(16U, 24U);
  const BpfObject object = parse(programs(), {.order = order, .record_size = record_size});
  CHECK(object.name() == "object");
  CHECK(object.note() == "");
  REQUIRE(object.programs().size() == 3);
  CHECK(object.programs()[0].name == "p0");
  CHECK(object.programs()[0].section == "tp/one");
  CHECK(object.programs()[1].name == "p1");
  CHECK(object.programs()[1].section == "tp/one");
  CHECK(object.programs()[2].name == "helper");
  CHECK(object.programs()[2].section == ".text");

  struct Row {
    std::size_t program;
    std::string section;
    std::uint32_t insn_off, insn, type_id;
    std::string access;
    std::uint32_t kind;
  };
  const std::vector<Row> rows = {{0, "tp/one", 8, 1, 4, "0:0", exists},
                                 {1, "tp/one", 24, 0, 7, "1", 11},
                                 {1, "tp/one", 40, 2, 9, "0", 8},
                                 {2, ".text", 0, 0, 4, "0:1", 0}};
  REQUIRE(object.relocation_count() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("record " << i);
    const object::Record& record = object::data_of(object).records[i];
    CHECK(record.program == rows[i].program);
    CHECK(object::data_of(object).sections[record.section] == rows[i].section);
    CHECK(record.insn_off == rows[i].insn_off);
    CHECK(record.insn == rows[i].insn);
    CHECK(record.type_id == rows[i].type_id);
    CHECK(access(object, i) == rows[i].access);
    CHECK(record.kind == rows[i].kind);
  }
}

TEST_CASE("bpf_object: instructions are read in either byte order, registers included") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Insns insns = {{.code = 0x79, .dst = 3, .src = 10, .off = -2, .imm = 0x01020304},
                       {.code = 0xb7, .dst = 15, .src = 0, .off = 0x7fff, .imm = -1},
                       {.code = 0x18, .dst = 1, .src = 2, .off = 1, .imm = 5},
                       {.code = 0, .dst = 4, .src = 6, .off = 7, .imm = 8}};
  std::vector<ForgedRecord> records;
  for (std::uint32_t i = 0; i < insns.size(); ++i)
    records.push_back({.insn = i, .type_id = 4, .access = "0", .kind = 0});
  const BpfObject object =
      parse({{.name = "p", .section = "tp", .insns = insns, .records = records}}, {.order = order});
  const auto same = [](const std::optional<object::Instruction>& ours, const ForgedInsn& theirs) {
    return ours && ours->code == theirs.code && ours->dst_reg == theirs.dst && ours->src_reg == theirs.src &&
           ours->off == theirs.off && ours->imm == theirs.imm;
  };
  for (std::size_t i = 0; i < insns.size(); ++i) {
    INFO("instruction " << i);
    const object::Record& record = object::data_of(object).records[i];
    CHECK(same(record.instruction, insns[i]));
    CHECK(record.second_half.has_value() == (insns[i].code == 0x18));
    if (record.second_half) CHECK(same(record.second_half, insns[i + 1]));
  }
}

TEST_CASE("bpf_object: the first instruction of the next program is not the second half of a 16-byte instruction") {
  const auto wide = ld_imm64(7);
  // A 16-byte instruction at the end of a program; the next instruction belongs to the next program.
  const BpfObject object = parse({{.name = "p0",
                                   .section = "tp",
                                   .insns = {wide[0]},
                                   .records = {{.insn = 0, .type_id = 4, .access = "0", .kind = 0}}},
                                  {.name = "p1", .section = "tp", .insns = {exit_insn()}, .records = {}}});
  CHECK(object::data_of(object).records[0].instruction);
  CHECK_FALSE(object::data_of(object).records[0].second_half);
}

TEST_CASE("bpf_object: a record without symbols, or outside the code, belongs to no program") {
  SECTION("without symbols") {
    const BpfObject object = parse(programs(), {.without_symbols = true});
    CHECK(object.programs().empty());
    REQUIRE(object.relocation_count() == 4);
    const object::Record& record = object::data_of(object).records[2];
    CHECK(record.program == object::no_program);
    CHECK(record.insn == 5);  // counted from the start of the section
    REQUIRE(record.instruction);
    CHECK(record.instruction->imm == -5);
  }
  SECTION("behind the section's end") {
    const BpfObject object = parse({{.name = "p",
                                     .section = "tp",
                                     .insns = {exit_insn()},
                                     .records = {{.insn = 1, .type_id = 4, .access = "0", .kind = 0},
                                                 {.insn = 0x1fffffff, .type_id = 4, .access = "0", .kind = 0}}}});
    for (const object::Record& record : object::data_of(object).records) {
      CHECK(record.program == object::no_program);
      CHECK_FALSE(record.instruction);
    }
    CHECK(object::data_of(object).records[1].insn == 0x1fffffff);
  }
  SECTION("in an empty section") {
    const BpfObject object = parse({{.name = "p",
                                     .section = "tp",
                                     .insns = {},
                                     .records = {{.insn = 0, .type_id = 4, .access = "0", .kind = 0}}}});
    CHECK(object::data_of(object).records[0].program == object::no_program);
    CHECK_FALSE(object::data_of(object).records[0].instruction);
  }
}

TEST_CASE("bpf_object: records of a section that is missing, or has no code, belong to no program") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  // "int" is the first string of the object's BTF, and names no section. ".BTF" is a section without code.
  EveryKind local(order);
  const auto name = static_cast<std::uint32_t>(GENERATE_COPY(0, 1) == 0 ? 1U : local.forge.string(".BTF"));
  const auto edit = [&](Bytes& bytes) { set_u32(bytes, 0x24, name, order); };
  const BpfObject object =
      BpfObject::parse(forge_object(local.forge, programs(), {.order = order, .edit_btf_ext = edit}), "object");
  CHECK(object.note() == "");
  CHECK(object.programs().size() == 3);
  REQUIRE(object.relocation_count() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    INFO("record " << i);
    const object::Record& record = object::data_of(object).records[i];
    const bool gone = i < 3;  // the records of tp/one
    CHECK((record.program == object::no_program) == gone);
    CHECK(record.instruction.has_value() == !gone);
    CHECK(object::data_of(object).sections[record.section] == (!gone ? ".text" : name == 1 ? "int" : ".BTF"));
  }
  CHECK(object::data_of(object).records[1].insn == 3);  // counted from the start of the section
}

TEST_CASE("bpf_object: functions outside code sections are not programs") {
  const Bytes bytes = forge_object(EveryKind().forge, programs());
  const auto with_flags = [&](std::size_t section, std::uint32_t flags) {
    // sh_flags follows sh_name and sh_type.
    Bytes changed = bytes;
    const std::size_t headers = bytes[0x28] | std::size_t{bytes[0x29]} << 8U;
    set_u32(changed, headers + section * 64 + 8, flags, ByteOrder::little);
    return BpfObject::parse(changed, "object");
  };
  CHECK(with_flags(2, 6).programs().size() == 3);
  const BpfObject without_text = with_flags(2, 2);
  REQUIRE(without_text.programs().size() == 2);
  CHECK(without_text.programs()[1].name == "p1");
  CHECK(object::data_of(without_text).records[3].program == object::no_program);
  const BpfObject only_text = with_flags(1, 2);
  REQUIRE(only_text.programs().size() == 1);
  CHECK(only_text.programs()[0].name == "helper");
  CHECK(object::data_of(only_text).records[0].program == object::no_program);
  CHECK(object::data_of(only_text).records[3].program == 0);
}

TEST_CASE("bpf_object: an offset belongs to the program that covers it, if one does") {
  const BpfObject object = parse(programs());
  const object::ObjectData& data = object::data_of(object);
  REQUIRE(data.extents.size() == 3);
  CHECK(data.program_at(1, 0) == 0);
  CHECK(data.program_at(1, 23) == 0);
  CHECK(data.program_at(1, 24) == 1);
  CHECK(data.program_at(1, 55) == 1);
  CHECK(data.program_at(1, 56) == object::no_program);
  CHECK(data.program_at(2, 8) == 2);
  CHECK(data.program_at(2, 16) == object::no_program);
  CHECK(data.program_at(0, 0) == object::no_program);
  CHECK(data.program_at(3, 0) == object::no_program);
}

TEST_CASE("bpf_object: a renamed object shares its data with the original") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::optional<BpfObject> first = parse(programs(), {.order = order});
  const BpfObject other = first->renamed("other");
  CHECK(first->name() == "object");
  CHECK(other.name() == "other");
  CHECK(other.renamed("third").name() == "third");
  CHECK(other.renamed("").name() == "");
  // The data is in memory once.
  CHECK(&object::data_of(other) == &object::data_of(*first));
  CHECK(&other.programs() == &first->programs());
  CHECK(other.relocation_count() == first->relocation_count());
  CHECK(other.note() == "");
  first.reset();
  REQUIRE(other.relocation_count() == 4);
  CHECK(other.programs()[0].name == "p0");
  CHECK(access(other, 3) == "0:1");

  const BpfObject nothing = parse(programs(), {.without_btf_ext = true}).renamed("nothing");
  CHECK(nothing.name() == "nothing");
  CHECK(nothing.note() == "no .BTF.ext section");
  // An object that is parsed again has data of its own.
  CHECK(&object::data_of(parse(programs())) != &object::data_of(parse(programs())));
}

TEST_CASE("bpf_object: the bytes are not needed after parsing") {
  Bytes bytes = forge_object(EveryKind().forge, programs());
  const BpfObject object = BpfObject::parse(bytes, "object");
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xff});
  bytes = {};
  REQUIRE(object.relocation_count() == 4);
  CHECK(object.programs()[1].name == "p1");
  CHECK(object::data_of(object).sections[0] == "tp/one");
  CHECK(access(object, 0) == "0:0");
  CHECK(object::data_of(object).btf->id_end() == EveryKind().forge.next_id());
  CHECK(object::data_of(object).btf->string(object::data_of(object).btf->type(1).name_off) == "int");
}

TEST_CASE("bpf_object: type ids, strings and kinds of records are kept unchecked") {
  const BpfObject object = parse({{.name = "p",
                                   .section = "tp",
                                   .insns = {exit_insn()},
                                   .records = {{.insn = 0, .type_id = 0xffffffff, .access = "junk", .kind = 99}}}});
  REQUIRE(object.relocation_count() == 1);
  CHECK(object::data_of(object).records[0].type_id == 0xffffffff);
  CHECK(object::data_of(object).records[0].kind == 99);
}

TEST_CASE("bpf_object: an object without relocations is not an error") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::vector<ForgedProgram> without_records = programs();
  for (ForgedProgram& program : without_records) program.records.clear();
  struct Row {
    std::string note;
    std::vector<ForgedProgram> programs;
    ForgedObjectOptions options;
  };
  const std::vector<Row> rows = {
      {"no .BTF section", programs(), {.order = order, .without_btf = true}},
      {"no .BTF section", programs(), {.order = order, .without_btf = true, .without_btf_ext = true}},
      {"no .BTF.ext section", programs(), {.order = order, .without_btf_ext = true}},
      {"no CO-RE relocations", without_records, {.order = order}},
      {"no CO-RE relocations", programs(), {.order = order, .ext_header_length = 24}},
      {"no .BTF section", {}, {.order = order, .without_btf = true}},
  };
  for (const Row& row : rows) {
    const BpfObject object = parse(row.programs, row.options);
    INFO(row.note);
    CHECK(object.note() == row.note);
    CHECK(object.relocation_count() == 0);
    // The object has its programs nevertheless.
    REQUIRE(object.programs().size() == row.programs.size());
    if (row.programs.empty()) continue;
    CHECK(object.programs()[1].name == "p1");
    CHECK(object.programs()[2].section == ".text");
  }
}

TEST_CASE("bpf_object: a file that is not a BPF object is rejected") {
  const std::string other = "wrong_file: object: not a BPF object (ELF of another machine or type)";
  CHECK(parse_error(programs(), {.machine = 62}) == other);
  CHECK(parse_error(programs(), {.machine = 0}) == other);
  CHECK(parse_error(programs(), {.type = 3}) == other);
  CHECK(error_text([] { (void)BpfObject::parse({}, "object"); }) == "wrong_file: object: not an ELF file");
  CHECK(error_text([] { (void)BpfObject::parse(EveryKind().forge.bytes(), "object"); }) ==
        "wrong_file: object: not an ELF file");
}

TEST_CASE("bpf_object: the error for a damaged object names the place") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto edit = [&](std::size_t at, std::uint32_t value) {
    return [=](Bytes& bytes) { set_u32(bytes, at, value, order); };
  };
  struct Row {
    std::string expected;
    ForgedObjectOptions options;
  };
  // .BTF.ext: record size at 0x20, name of the first section at 0x24, first record at 0x2c.
  const std::vector<Row> rows = {
      {"damaged: object: .BTF: header+0x4: header length 4 is below 24", {.order = order, .edit_btf = edit(4, 4)}},
      {"wrong_file: object: .BTF: not BTF: 0 bytes", {.order = order, .edit_btf = [](Bytes& bytes) { bytes.clear(); }}},
      {"damaged: object: .BTF.ext+0x0: truncated header: 0 bytes",
       {.order = order, .edit_btf_ext = [](Bytes& bytes) { bytes.clear(); }}},
      {"damaged: object: .BTF.ext+0x20: record size 8", {.order = order, .edit_btf_ext = edit(0x20, 8)}},
      {"damaged: object: .BTF.ext: CO-RE records for a section without a name",
       {.order = order, .edit_btf_ext = edit(0x24, 0)}},
      {"damaged: object: .BTF.ext: CO-RE records for a section without a name",
       {.order = order, .edit_btf_ext = edit(0x24, 0x10000)}},
      // In a missing section as well: libbpf checks the offset before it looks for the section.
      {"damaged: object: int+0xc: a CO-RE record points between instructions",
       {.order = order,
        .edit_btf_ext =
            [&](Bytes& bytes) {
              edit(0x24, 1)(bytes);
              edit(0x2c, 12)(bytes);
            }}},
      {"damaged: object: tp/one+0xc: a CO-RE record points between instructions",
       {.order = order, .edit_btf_ext = edit(0x2c, 12)}},
  };
  for (const Row& row : rows) CHECK(parse_error(programs(), row.options) == row.expected);
}

TEST_CASE("bpf_object: a program that crosses its section's end is rejected") {
  Bytes bytes = forge_object(EveryKind().forge, programs());
  // The size of the last symbol, counted from the end of the file: the string table and section headers follow .symtab.
  const std::string image(bytes.begin(), bytes.end());
  ByteSink symbol(ByteOrder::little);
  symbol.u64(24);  // offset: p1 begins after three instructions
  symbol.u64(32);  // size: p1 has four instructions
  const Bytes wanted = symbol.bytes();
  const std::size_t at = image.find(std::string(wanted.begin(), wanted.end()));
  REQUIRE(at != std::string::npos);
  const auto parse_with = [&](std::uint32_t offset, std::uint32_t size) {
    set_u32(bytes, at, offset, ByteOrder::little);
    set_u32(bytes, at + 8, size, ByteOrder::little);
    return error_text([&] { (void)BpfObject::parse(bytes, "object"); });
  };
  CHECK(parse_with(24, 32) == "no error");
  CHECK(parse_with(24, 33) == "damaged: object: tp/one+0x18: program 'p1' crosses the section's end");
  CHECK(parse_with(56, 0) == "no error");
  CHECK(parse_with(57, 0) == "damaged: object: tp/one+0x39: program 'p1' crosses the section's end");
  CHECK(parse_with(0xffffffff, 0xffffffff) ==
        "damaged: object: tp/one+0xffffffff: program 'p1' crosses the section's end");
}

TEST_CASE("bpf_object: programs are in the order of their code, whatever the order of their symbols") {
  Bytes bytes = forge_object(EveryKind().forge, programs());
  // Swaps the values and sizes of the symbols of p0 and p1.
  const auto find = [&](std::uint64_t offset, std::uint64_t size) {
    ByteSink symbol(ByteOrder::little);
    symbol.u64(offset);
    symbol.u64(size);
    const Bytes wanted = symbol.bytes();
    const auto at = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
    REQUIRE(at != bytes.end());
    return at;
  };
  const auto second = find(24, 32);
  const auto first = second - 24;
  REQUIRE(std::equal(find(0, 24), find(0, 24) + 16, first));
  std::swap_ranges(first, first + 16, second);
  const BpfObject object = BpfObject::parse(bytes, "object");
  REQUIRE(object.programs().size() == 3);
  CHECK(object.programs()[0].name == "p1");
  CHECK(object.programs()[1].name == "p0");
  CHECK(object::data_of(object).records[0].program == 0);
  CHECK(object::data_of(object).records[1].program == 1);
  CHECK(object::data_of(object).records[1].insn == 0);
}

TEST_CASE("bpf_object: each record of an object compiled by clang has its program and instruction") {
  const std::string order = GENERATE("el", "eb");
  std::ifstream file(bpf_object("basic", order), std::ios::binary);
  REQUIRE(file);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const BpfObject object = BpfObject::parse(bytes, "basic");
  CHECK(object.note() == "");
  CHECK_FALSE(object.programs().empty());
  REQUIRE(object.relocation_count() != 0);
  for (const object::Record& record : object::data_of(object).records) {
    CHECK(record.program != object::no_program);
    REQUIRE(record.instruction);
    // clang relocates moves, loads, stores and 16-byte instructions.
    CHECK((record.instruction->code == 0x18) == record.second_half.has_value());
    CHECK(record.instruction->dst_reg <= 10);
    CHECK(record.instruction->src_reg <= 10);
  }
}

}  // namespace minbtf::test
