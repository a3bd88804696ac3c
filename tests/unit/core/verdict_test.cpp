// SPDX-License-Identifier: BSD-2-Clause
// Several candidates, and patching of instructions. The rules are those of libbpf's bpf_core_calc_relo_insn() and
// bpf_core_patch_insn().
#include "core/verdict.hpp"

#include <catch2/catch.hpp>

#include "support/core_case.hpp"
#include "support/forge/abc_struct.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

Ask offset_of(int member, std::string program = "prog") {
  return {
      .kind = K::field_byte_offset, .access = "0:" + std::to_string(member), .load = 4, .program = std::move(program)};
}
Ask exists(int member, std::string program = "prog") {
  return {.kind = K::field_exists, .access = "0:" + std::to_string(member), .program = std::move(program)};
}

const std::string ambiguous_offset = "failed: ambiguous: candidates disagree about the offset";
const std::string ambiguous_value = "failed: ambiguous: candidates disagree about the value";

}  // namespace

TEST_CASE("verdict: candidates that agree resolve the relocation", "[verdict]") {
  check({.name = "all of them",
         .local = abc,
         .target =
             [](BtfForge& f) {
               target_abc(f, 0, 4, 8);
               target_abc(f, 0, 4, 8);
             },
         .asks = {offset_of(0), offset_of(1), exists(2)},
         .expected = "0 load 4; 4 load 4; 1"});
  check({.name = "those that fit",
         .local = abc,
         .target =
             [](BtfForge& f) {
               target_abc(f, -1, 4, 8);
               target_abc(f, 16, 4, 8);
             },
         .asks = {offset_of(0), offset_of(1)},
         .expected = "16 load 4; 4 load 4"});
}

TEST_CASE("verdict: candidates that disagree fail the relocation, and no other relocation", "[verdict]") {
  check({.name = "one offset",
         .local = abc,
         .target =
             [](BtfForge& f) {
               target_abc(f, 0, 4, 8);
               target_abc(f, 0, 100, 8);
             },
         .asks = {offset_of(0), offset_of(1), offset_of(2)},
         .expected = "0 load 4; " + ambiguous_offset + "; 8 load 4"});
  check({.name = "existence needs one place too",
         .local = abc,
         .target =
             [](BtfForge& f) {
               target_abc(f, 0, 4, 8);
               target_abc(f, 0, 100, 8);
             },
         .asks = {exists(1)},
         .expected = ambiguous_offset});
  check({.name = "sizes",
         .local = abc,
         .target =
             [](BtfForge& f) {
               f.structure("s", 8, {{"a", u32(f), 0}});
               f.structure("s", 16, {{"a", u32(f), 0}});
             },
         .asks = {{.kind = K::type_size}, {.kind = K::type_exists}, {.kind = K::type_id_target}},
         .expected = ambiguous_value + "; 1; " + ambiguous_value});
  check({.name = "enumerators",
         .local =
             [](BtfForge& f) {
               return f.enumeration("e", 4, {{"A", 1}});
             },
         .target =
             [](BtfForge& f) {
               f.enumeration("e", 4, {{"A", 1}});
               f.enumeration64("e", 8, {{"A", 2}});
             },
         .asks = {{.kind = K::enumval_value}, {.kind = K::enumval_exists}},
         .expected = ambiguous_value + "; 1"});
}

TEST_CASE("verdict: candidates that did not match are off the list for later relocations", "[verdict]") {
  // Only the first candidate has `a`, so `b`, on which the candidates disagree, has the value of the first. A program
  // with only the relocation of `b` has both candidates.
  const auto target = [](BtfForge& f) {
    target_abc(f, 0, 4, 8);
    target_abc(f, -1, 100, 8);
  };
  check({.name = "narrowed",
         .local = abc,
         .target = target,
         .asks = {offset_of(0), offset_of(1)},
         .expected = "0 load 4; 4 load 4"});
  check({.name = "in two programs, together",
         .local = abc,
         .target = target,
         .asks = {offset_of(0, "one"), offset_of(1, "two")},
         .expected = "0 load 4; 4 load 4"});
  check({.name = "the other order",
         .local = abc,
         .target = target,
         .asks = {offset_of(1, "one"), offset_of(0, "two")},
         .expected = ambiguous_offset + "; 0 load 4"});
  check({.name = "what none has leaves the list alone",
         .local = abc,
         .target =
             [](BtfForge& f) {
               target_abc(f, 0, -1, 8);
               target_abc(f, 0, -1, 100);
             },
         .asks = {exists(1), offset_of(2)},
         .expected = "0; " + ambiguous_offset});
}

TEST_CASE("verdict: the first candidate that matches determines the load size", "[verdict]") {
  const auto local = [](BtfForge& f) { return f.structure("s", 8, {{"a", u32(f), 0}}); };
  const auto target = [](std::uint32_t first, std::uint32_t second) {
    return [=](BtfForge& f) {
      f.structure("s", 64, {{"a", f.integer("first", first), 64}});
      f.structure("s", 64, {{"a", f.integer("second", second), 64}});
    };
  };
  const std::vector<Ask> asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = 4}};
  check({.name = "8 first", .local = local, .target = target(8, 2), .asks = asks, .expected = "8 load 8"});
  check({.name = "2 first", .local = local, .target = target(2, 8), .asks = asks, .expected = "8 load 2"});
}

TEST_CASE("verdict: loads are adjusted only for unsigned integers and pointers", "[verdict]") {
  const auto load = [](const std::string& name, const std::function<std::uint32_t(BtfForge&)>& local,
                       const std::function<std::uint32_t(BtfForge&)>& target, std::uint32_t bytes,
                       const std::string& expected) {
    check({.name = name,
           .local =
               [local](BtfForge& f) {
                 return f.structure("s", 32, {{"a", local(f), 0}});
               },
           .target =
               [target](BtfForge& f) {
                 f.integer("long int", 4, 1);
                 f.structure("s", 32, {{"a", target(f), 64}});
               },
           .asks = {{.kind = K::field_byte_offset, .access = "0:0", .load = bytes}},
           .expected = expected});
  };
  const auto integer = [](std::uint32_t bytes, std::uint32_t encoding) {
    return [=](BtfForge& f) { return f.integer("t", bytes, encoding); };
  };
  const auto pointer = [](BtfForge& f) { return f.ptr(0); };
  const auto structure = [](std::uint32_t bytes) {
    return [=](BtfForge& f) { return f.structure("inner", bytes, {}); };
  };
  load("unsigned, wider", integer(4, 0), integer(8, 0), 4, "8 load 8");
  load("unsigned, narrower", integer(4, 0), integer(1, 0), 4, "8 load 1");
  load("signed, wider", integer(4, 1), integer(8, 1), 4, "poison");
  load("signed, same size", integer(4, 1), integer(4, 1), 4, "8 load 4");
  load("one of them signed", integer(4, 0), integer(8, 1), 4, "poison");
  load("bool", integer(1, 4), integer(4, 4), 1, "8 load 4");
  load("a pointer of a 32-bit kernel", pointer, pointer, 8, "8 load 4");
  load("structs of another size", structure(8), structure(4), 8, "poison");
  load("structs of the same size", structure(8), structure(8), 8, "8 load 8");
  load("no load has 3 bytes", integer(4, 0), integer(3, 0), 4, "failed: no load of 1, 2, 4 or 8 bytes fits the field");
  load("the load was not of the field", integer(4, 0), integer(8, 0), 2,
       "failed: no load of 1, 2, 4 or 8 bytes fits the field");
  load("unless its size stayed", integer(4, 0), integer(4, 0), 2, "8 load 2");
}

TEST_CASE("verdict: an offset over 32767 fails in a load", "[verdict]") {
  const auto at = [](std::uint32_t bytes) {
    return [bytes](BtfForge& f) { f.structure("s", 1U << 17U, {{"a", u32(f), bytes * 8}}); };
  };
  const auto local = [](BtfForge& f) { return f.structure("s", 8, {{"a", u32(f), 0}}); };
  check({.name = "the last that fits",
         .local = local,
         .target = at(32764),
         .asks = {offset_of(0)},
         .expected = "32764 load 4"});
  check({.name = "the first that does not",
         .local = local,
         .target = at(32768),
         .asks = {offset_of(0), {.kind = K::field_byte_offset, .access = "0:0"}},
         .expected = "failed: offset over 32767 in a load or store; 32768"});
}

TEST_CASE("verdict: an instruction must hold the local value", "[verdict]") {
  BtfForge local;
  const auto root = abc(local);
  BtfForge target;
  target_abc(target, 8, 12, 16);
  const auto run = [&](const std::vector<ForgedInsn>& insns, K kind) {
    const ForgedProgram program = {
        .name = "prog",
        .section = "tp/test",
        .insns = insns,
        .records = {{.insn = 0, .type_id = root, .access = "0:1", .kind = static_cast<std::uint32_t>(kind)}}};
    const auto object = forge_object(local, {program}, {});
    const Plan plan({BpfObject::parse(object, "object")});
    const Btf kernel = Btf::parse(target.bytes(), "kernel");
    check_equivalence(object, target.bytes(), Oracle::yes);
    return text(kernel, plan.objects()[0], plan.resolve(kernel, 0, {}).at(0));
  };
  const std::string wrong = "failed: the instruction does not hold what the record says";
  const ForgedInsn end = exit_insn();
  CHECK(run({ldx(4, 4), end}, K::field_byte_offset) == "12 load 4");
  CHECK(run({ldx(4, 5), end}, K::field_byte_offset) == wrong);
  CHECK(run({mov_imm(4), end}, K::field_byte_offset) == "12");
  CHECK(run({mov_imm(5), end}, K::field_byte_offset) == wrong);
  CHECK(run({ld_imm64(4)[0], ld_imm64(4)[1], end}, K::field_byte_offset) == "12");
  CHECK(run({ld_imm64(5)[0], ld_imm64(5)[1], end}, K::field_byte_offset) == wrong);
  CHECK(run({ld_imm64(1ULL << 40U)[0], ld_imm64(1ULL << 40U)[1], end}, K::field_byte_offset) == wrong);
  // An instruction with a register operand, a jump and half a 16-byte instruction cannot be patched.
  CHECK(run({{.code = 0xbf, .dst = 1, .src = 2, .off = 0, .imm = 0}, end}, K::field_byte_offset) == wrong);
  CHECK(run({end, end}, K::field_byte_offset) == wrong);
  CHECK(run({mov_imm(1), end}, K::field_exists) == "1");
  CHECK(run({mov_imm(0), end}, K::field_exists) == wrong);
}

}  // namespace minbtf::test
