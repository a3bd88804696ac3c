// SPDX-License-Identifier: BSD-2-Clause
// Small objects and kernels whose records, symbols and candidates could make the tool use memory or time out of
// proportion to their size.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/short_text.hpp"
#include "minbtf/inspection.hpp"
#include "minbtf/plan.hpp"
#include "object/kernel_needs.hpp"
#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/object_forge.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/peak_memory.hpp"

namespace minbtf::test {

namespace {

using std::chrono_literals::operator""ms;
using Kind = RelocationKind;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kind_of(Kind kind) { return static_cast<std::uint32_t>(kind); }

/// A program `p` of `insns` instructions and an exit, with these records.
ForgedProgram program(std::size_t insns, std::vector<ForgedRecord> records) {
  std::vector<ForgedInsn> code(insns, mov_imm(1));
  code.push_back(exit_insn());
  return {.name = "p", .section = "kprobe", .insns = std::move(code), .records = std::move(records)};
}

std::string member(std::uint32_t i) { return "m" + std::to_string(i); }

/// Adds struct `name` with int members m0, m1, ...
std::uint32_t with_members(BtfForge& forge, const std::string& name, std::uint32_t count) {
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  std::vector<ForgedMember> members;
  for (std::uint32_t i = 0; i < count; ++i) members.push_back({member(i), int_, i * 32});
  return forge.structure(name, 4 * count, members);
}

/// Parses the object. Fails the test if that takes too much time or memory.
BpfObject parsed(const Bytes& bytes) {
  const CpuLimit limit(2000ms, "object");
  const PeakMemory memory;
  BpfObject object = BpfObject::parse(bytes, "object");
  CHECK(memory.bytes() < in_proportion(bytes.size()));
  return object;
}

/// An object with one record for each of these names of sections, which are given by their offsets in the strings.
Bytes with_section_names(BtfForge local, std::size_t insns, const std::vector<std::uint32_t>& name_offs) {
  const std::uint32_t type = with_members(local, "s", 1);
  const std::uint32_t access = local.string("0");
  ForgedObjectOptions options;
  options.edit_btf_ext = [&](Bytes& ext) {
    ByteSink core(ByteOrder::little);
    core.u32(16);
    for (const std::uint32_t name_off : name_offs) {
      for (const std::uint32_t word : {name_off, 1U, 0U, type, access, kind_of(Kind::type_exists)}) core.u32(word);
    }
    ext.resize(28);
    ByteSink length(ByteOrder::little);
    length.u32(static_cast<std::uint32_t>(core.size()));
    for (const Bytes& more : {length.bytes(), core.bytes()}) ext.insert(ext.end(), more.begin(), more.end());
  };
  return forge_object(local, {program(insns, {{.insn = 0, .type_id = type, .access = "0", .kind = 8}})}, options);
}

}  // namespace

TEST_CASE("hostile_objects: code is stored once, even if its section has many names") {
  BtfForge local;
  std::vector<std::uint32_t> names;
  // Only the end of each string is used, as a name.
  for (std::uint32_t i = 0; i < 300; ++i) {
    const std::string before = std::to_string(i) + '\0';
    names.push_back(local.string(before + "kprobe") + static_cast<std::uint32_t>(before.size()));
  }
  const BpfObject object = parsed(with_section_names(local, 4000, names));
  REQUIRE(object.relocation_count() == names.size());
  CHECK(object::data_of(object).code.size() == 1);
  for (const object::Record& record : object::data_of(object).records) {
    CHECK(object::data_of(object).sections[record.section] == "kprobe");
    CHECK(record.program == 0);
  }
}

TEST_CASE("hostile_objects: names of sections that end in one long string are not copied") {
  BtfForge local;
  const std::uint32_t longest = local.string(std::string(1000, 'k'));
  std::vector<std::uint32_t> names;
  for (std::uint32_t i = 0; i < 6000; ++i) names.push_back(longest + i % 900);
  (void)parsed(with_section_names(local, 1, names));
}

TEST_CASE("hostile_objects: an object whose programs overlap in names or code is damaged") {
  std::vector<ForgedProgram> programs;
  for (int i = 0; i < 200; ++i)
    programs.push_back(
        {.name = "f" + std::to_string(i), .section = std::string(1000, 's'), .insns = {exit_insn()}, .records = {}});
  CHECK(error_text([&] { (void)BpfObject::parse(forge_object(BtfForge(), programs), "object"); }) ==
        "damaged: object: ELF: the names of programs overlap");

  for (ForgedProgram& each : programs) each.section = "s";
  Bytes bytes = forge_object(BtfForge(), programs);
  CHECK(error_text([&] { (void)BpfObject::parse(bytes, "object"); }) == "no error");
  // Each program gets all instructions of the section. The symbols of the programs are found by their size of 8 and
  // their values 0, 8, 16, ...
  std::size_t changed = 0;
  for (std::size_t at = 64; at + 24 <= bytes.size() && changed < programs.size(); ++at) {
    const auto u64 = [&](std::size_t from) {
      std::uint64_t value = 0;
      for (std::size_t i = 8; i-- > 0;) value = value << 8U | bytes[from + i];
      return value;
    };
    if (bytes[at + 4] != 0x12 || u64(at + 8) != 8 * changed || u64(at + 16) != 8) continue;
    set_u32(bytes, at + 8, 0, ByteOrder::little);
    set_u32(bytes, at + 16, static_cast<std::uint32_t>(8 * programs.size()), ByteOrder::little);
    ++changed;
  }
  REQUIRE(changed == programs.size());
  CHECK(error_text([&] { (void)BpfObject::parse(bytes, "object"); }) ==
        "damaged: object: ELF: programs overlap: together they have too many instructions");
}

TEST_CASE("hostile_objects: a struct_ops map is listed once, and its text is cut to a fixed length") {
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  const std::uint32_t ops = local.structure(std::string(20000, 'o'), 4, {{"a", int_, 0}});
  const std::uint32_t var = local.var(std::string(20000, 'v'), ops, 1);
  local.datasec(".struct_ops", 4, std::vector<ForgedVariable>(2000, {var, 0, 4}));
  const Bytes bytes = forge_object(
      local, {program(1, {{.insn = 0, .type_id = int_, .access = "0", .kind = kind_of(Kind::type_exists)}})});
  const BpfObject object = parsed(bytes);
  const PeakMemory memory;
  const object::Facts facts = object::read_facts(bytes, object);
  CHECK(memory.bytes() < in_proportion(bytes.size()));
  REQUIRE(facts.needs.size() == 1);
  CHECK(facts.needs[0].subject.size() == base::longest_text);
  CHECK(facts.needs[0].subject.ends_with("..."));
}

TEST_CASE("hostile_objects: a long name is not copied for each record") {
  constexpr std::uint32_t questions = 500;
  const std::string name(20000, 'y');
  BtfForge local;
  const std::uint32_t type = with_members(local, name, questions);
  std::vector<ForgedRecord> records;
  for (std::uint32_t i = 0; i < questions; ++i) {
    records.push_back({.insn = i, .type_id = type, .access = "0:" + std::to_string(i), .kind = 0});
  }
  const Bytes bytes = forge_object(local, {program(questions, records)});
  BtfForge full;
  (void)with_members(full, name, questions);
  BtfForge reduced;
  (void)with_members(reduced, name, 1);
  const PeakMemory memory;
  const Plan plan({BpfObject::parse(bytes, "object")});
  CHECK(plan.question_count() == questions);
  const Btf kernel = Btf::parse(full.bytes(), "full");
  const Btf other = Btf::parse(reduced.bytes(), "reduced");
  const std::size_t input = bytes.size() + full.bytes().size() + reduced.bytes().size();
  for (const Btf* each : {&kernel, &other}) {
    for (const UnresolvedRelocation& failing : plan.check(*each)) {
      CHECK(failing.why.subject.size() <= base::longest_text);
      CHECK(failing.why.detail.size() <= base::longest_text);
    }
  }
  (void)plan.minimize(kernel);
  const Comparison comparison = plan.compare(kernel, other);
  CHECK(comparison.differences.size() == questions - 1);
  for (const Difference& each : comparison.differences) {
    for (const std::string& text : {each.subject, each.full.text, each.reduced.text}) {
      CHECK(text.size() <= base::longest_text);
    }
  }
  CHECK(plan.describe(0, 0).subject.size() == base::longest_text);
  CHECK(inspect(bytes, "object").questions == questions);
  CHECK(memory.bytes() < in_proportion(input));
}

TEST_CASE("hostile_objects: outcomes of a small kernel are bounded by its size") {
  constexpr std::uint32_t questions = 100;
  BtfForge local;
  const std::uint32_t type = with_members(local, "s", questions);
  std::vector<ForgedRecord> records;
  for (std::uint32_t i = 0; i < questions; ++i) {
    records.push_back({.insn = i, .type_id = type, .access = "0:" + std::to_string(i), .kind = 2});
  }
  const Plan plan({BpfObject::parse(forge_object(local, {program(questions, records)}), "object")});
  const auto kernel = [](std::uint32_t candidates) {
    BtfForge forge;
    const std::uint32_t int_ = forge.integer("int", 4, 1);
    for (std::uint32_t i = 0; i < candidates; ++i) forge.structure("s", 4, {{member(i % 3), int_, 0}});
    return forge.bytes();
  };
  const Bytes many = kernel(5000);
  CHECK(error_text([&] { (void)plan.resolve(Btf::parse(many, "kernel"), 0, {}); }) ==
        "unsupported: kernel: types: 5000 types of the name 's' are more than can be compared for 100 questions");
  // Each candidate takes 24 bytes of BTF and has 100 outcomes. The limit allows 850 candidates, which need little
  // memory.
  const Bytes few = kernel(850);
  const Bytes fewer = kernel(849);
  const PeakMemory memory;
  CHECK(plan.compare(Btf::parse(few, "full"), Btf::parse(fewer, "reduced")).holds());
  CHECK(memory.bytes() < (std::size_t{10} << 20U));
}

TEST_CASE("hostile_objects: 20,000 programs with one record each are compared within the time limit") {
  constexpr std::uint32_t programs = 20000;
  BtfForge local;
  const std::uint32_t type = with_members(local, "s", 1);
  std::vector<ForgedProgram> all;
  for (std::uint32_t i = 0; i < programs; ++i) {
    all.push_back({.name = "p",
                   .section = "kprobe",
                   .insns = {mov_imm(1)},
                   .records = {{.insn = 0, .type_id = type, .access = "0:0", .kind = kind_of(Kind::field_exists)}}});
  }
  const Plan plan({BpfObject::parse(forge_object(local, all), "object")});
  BtfForge full;
  (void)with_members(full, "s", 1);
  BtfForge reduced;
  (void)reduced.structure("s", 4, {{"other", reduced.integer("int", 4, 1), 0}});
  const CpuLimit limit(1000ms, "one record for each program");
  CHECK(plan.compare(Btf::parse(full.bytes(), "full"), Btf::parse(reduced.bytes(), "reduced")).differences.size() ==
        programs);
}

TEST_CASE("hostile_objects: a comparison with too many ways to narrow is refused within the time limit") {
  constexpr std::uint32_t candidates = 11;
  constexpr std::uint32_t repeated = 4000;
  BtfForge local;
  const std::uint32_t type = with_members(local, "s", candidates + 1);
  // Program i drops candidate number i. After these programs, each subset of the candidates is a state to follow.
  std::vector<ForgedProgram> programs;
  const auto asks = [&](std::uint32_t i) {
    return ForgedRecord{.insn = 0, .type_id = type, .access = "0:" + std::to_string(i), .kind = 2};
  };
  for (std::uint32_t i = 0; i < candidates + repeated; ++i) {
    programs.push_back(
        {.name = "p", .section = "kprobe", .insns = {mov_imm(1)}, .records = {asks(i < candidates ? i : candidates)}});
  }
  const Plan plan({BpfObject::parse(forge_object(local, programs), "object")});
  const auto kernel = [&](bool one_more) {
    BtfForge forge;
    const std::uint32_t int_ = forge.integer("int", 4, 1);
    for (std::uint32_t n = 0; n < candidates; ++n) {
      std::vector<ForgedMember> members;
      for (std::uint32_t i = 0; i <= candidates; ++i) {
        if (i != n) members.push_back({member(i), int_, 32 * i});
      }
      forge.structure("s", 4 * candidates + 4, members);
    }
    std::vector<ForgedMember> all;
    for (std::uint32_t i = 0; i <= candidates; ++i) all.push_back({member(i), int_, 32 * i});
    if (one_more) forge.structure("s", 4 * candidates + 4, all);
    return Btf::parse(forge.bytes(), one_more ? "reduced" : "full");
  };
  const CpuLimit limit(4000ms, "ways to narrow");
  CHECK(error_text([&] { (void)plan.compare(kernel(false), kernel(true)); }) ==
        "unsupported: full: types: the programs of object narrow the candidates in more ways than can be compared");
}

TEST_CASE("hostile_objects: the missing members of a type are found once, not by comparing every pair of names") {
  constexpr std::uint32_t members = 3000;
  constexpr std::uint32_t records = 200;
  BtfForge local;
  const std::uint32_t type = with_members(local, "s", members);
  std::vector<ForgedRecord> asks;
  for (std::uint32_t i = 0; i < records; ++i) {
    asks.push_back({.insn = i, .type_id = type, .access = "0", .kind = kind_of(Kind::type_matches)});
  }
  const Plan plan({BpfObject::parse(forge_object(local, {program(records, asks)}), "object")});
  const auto kernel = [&](const std::string& last) {
    BtfForge forge;
    const std::uint32_t int_ = forge.integer("int", 4, 1);
    std::vector<ForgedMember> all = {{last, int_, 0}};
    for (std::uint32_t i = members - 1; i-- > 0;) all.push_back({member(i), int_, 0});
    forge.structure("s", 4 * members, all);
    return Btf::parse(forge.bytes(), last);
  };
  const Btf full = kernel(member(members - 1));
  const Btf reduced = kernel("other");
  const CpuLimit limit(1500ms, "what a type lacks");
  const Comparison comparison = plan.compare(full, reduced);
  REQUIRE(comparison.differences.size() == records);
  CHECK(comparison.differences[0].reduced.text.find("; no member m2999") != std::string::npos);
}

TEST_CASE("hostile_objects: long names of members count as steps of a comparison") {
  constexpr std::uint32_t members = 2000;
  const auto forge_with = [](bool reversed, BtfForge& forge) {
    const std::uint32_t int_ = forge.integer("int", 4, 1);
    std::vector<ForgedMember> all(members, {"", int_, 0});
    const std::uint32_t type = forge.structure("s", 4 * members, all);
    const std::uint32_t name = forge.string(std::string(20000, 'x'));
    for (std::uint32_t i = 0; i < members; ++i) {
      forge.set_type_word(type, 3 + 3 * i, name + (reversed ? members - 1 - i : i));
    }
    return type;
  };
  BtfForge local;
  const std::uint32_t type = forge_with(false, local);
  const Plan plan({BpfObject::parse(
      forge_object(local,
                   {program(1, {{.insn = 0, .type_id = type, .access = "0", .kind = kind_of(Kind::type_matches)}})}),
      "object")});
  BtfForge kernel;
  (void)forge_with(true, kernel);
  const CpuLimit limit(3000ms, "long names");
  const auto resolutions = plan.resolve(Btf::parse(kernel.bytes(), "kernel"), 0, {});
  REQUIRE(resolutions.size() == 1);
  CHECK(resolutions[0].failure == Failure::endless_type);
}

TEST_CASE("hostile_objects: a record about a type of an unknown kind is explained") {
  BtfForge local;
  constexpr std::uint8_t unknown = 127;  // the largest number of a kind
  std::vector<ForgedLayout> layout(unknown + 1);
  for (std::size_t kind = 0; kind < btf::kind_count; ++kind) {
    layout[kind] = {.info_sz = btf::kind_shapes[kind].info_size, .elem_sz = btf::kind_shapes[kind].elem_size};
  }
  local.header().layout = layout;
  const std::uint32_t odd = local.type("odd", unknown, 0, false, 0);
  const std::uint32_t missing = with_members(local, "missing", 1);
  // The second record is poisoned. It may be reached, so that the first is examined as a guard of it.
  ForgedProgram asking =
      program(2, {{.insn = 1, .type_id = odd, .access = "0", .kind = kind_of(Kind::type_exists)},
                  {.insn = 2, .type_id = missing, .access = "0:0", .kind = kind_of(Kind::field_byte_size)}});
  asking.insns = {branch_insn(), mov_imm(1), mov_imm(4), exit_insn()};
  const Plan plan({BpfObject::parse(forge_object(local, {asking}), "object")});
  REQUIRE(plan.question_count() == 2);
  CHECK(plan.describe(0, 0).subject == "unknown odd");
  BtfForge kernel;
  kernel.integer("odd", 4, 1);
  const auto unresolved = plan.check(Btf::parse(kernel.bytes(), "kernel"));
  REQUIRE(unresolved.size() == 1);
  CHECK(to_string(unresolved[0].why) == "struct missing: no such type");
  CHECK(unresolved[0].guard == Guard::none);
}

}  // namespace minbtf::test
