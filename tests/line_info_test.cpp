#include "object/line_info.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "elf/elf_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "object/object_data.hpp"
#include "support/btf_forge.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/line_forge.hpp"

namespace minbtf::test {

using object::LineInfo;

namespace {

/// BTF with the names that line info refers to.
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

TEST_CASE("line_info: an instruction has the line of the last record at it or before it") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  Names names(order);
  const auto btf = btf::View::parse(names.forge.bytes(), "object");
  // Out of order, and a section that comes twice.
  const auto section = forge_line_info(
      order, {{names.one, {{24, names.b, 7, 2}, {0, names.a, 10, 1}, {32, names.a, 0, 0}, {40, names.a, 12, 3}}},
              {names.text, {{8, names.a, 99, 0}}},
              {names.one, {{64, names.a, 20, 1}}}});
  const LineInfo lines(section, btf, "object");
  CHECK(at(lines, "tp/one", 0, 0) == "src/a.bpf.c:10:1");
  CHECK(at(lines, "tp/one", 0, 16) == "src/a.bpf.c:10:1");
  CHECK(at(lines, "tp/one", 0, 24) == "/usr/include/b.h:7:2");
  CHECK(at(lines, "tp/one", 0, 32) == "none");  // line 0: made by the compiler
  CHECK(at(lines, "tp/one", 0, 40) == "src/a.bpf.c:12:3");
  CHECK(at(lines, "tp/one", 0, 63) == "src/a.bpf.c:12:3");
  CHECK(at(lines, "tp/one", 0, 0xffffffffffff) == "src/a.bpf.c:20:1");
  CHECK(at(lines, ".text", 0, 0) == "none");
  CHECK(at(lines, ".text", 0, 8) == "src/a.bpf.c:99:0");
  CHECK(at(lines, "tp/on", 0, 0) == "none");
  // The lines of the program before are not its own.
  CHECK(at(lines, "tp/one", 48, 56) == "none");
  CHECK(at(lines, "tp/one", 40, 56) == "src/a.bpf.c:12:3");
  CHECK(at(LineInfo(), "tp/one", 0, 0) == "none");
}

TEST_CASE("line_info: names that are missing") {
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

TEST_CASE("line_info: what clang writes") {
  const std::string order = GENERATE("el", "eb");
  const std::string text = contents_of(bpf_object("basic", order));
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const BpfObject object = BpfObject::parse(bytes, "basic");
  const object::ObjectData& data = object.data();
  const auto elf = elf::ElfFile::from_memory(bytes, "basic");
  const LineInfo lines(elf.section(".BTF.ext")->data, *data.btf, "basic");
  // What the source has in the lines of its relocations: clang gives the instruction that takes a member's offset the
  // line of the access, or of what is computed before.
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
