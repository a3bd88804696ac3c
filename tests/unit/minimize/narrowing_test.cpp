// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/narrowing.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

namespace {

using Kind = RelocationKind;

/// A case in which program i checks for member mi. All structs s of the kernel have mi, except struct number i.
Built many_ways(std::uint32_t programs) {
  Case row;
  row.local = [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::vector<ForgedMember> members;
    for (std::uint32_t i = 0; i < programs; ++i) members.push_back({"m" + std::to_string(i), int_, i * 32});
    return f.structure("s", 4 * programs, members);
  };
  row.target = [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    for (std::uint32_t n = 0; n < programs; ++n) {
      std::vector<ForgedMember> members;
      for (std::uint32_t i = 0; i < programs; ++i) {
        if (i != n) members.push_back({"m" + std::to_string(i), int_, i * 32});
      }
      f.structure("s", 4 * programs, members);
    }
  };
  for (std::uint32_t i = 0; i < programs; ++i) {
    row.asks.push_back(
        {.kind = Kind::field_exists, .access = "0:" + std::to_string(i), .program = "p" + std::to_string(100 + i)});
  }
  return build(row);
}

struct Pair {
  Plan plan;
  Btf full;
  Btf reduced;
};

/// The reduced BTF has one candidate only, a struct s with all members.
Pair pair_of(const Built& built, std::uint32_t programs) {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  std::vector<ForgedMember> members;
  for (std::uint32_t i = 0; i < programs; ++i) members.push_back({"m" + std::to_string(i), int_, i * 32});
  forge.structure("s", 4 * programs, members);
  return {.plan = Plan({BpfObject::parse(built.object, "object")}),
          .full = Btf::parse(built.target, "full"),
          .reduced = Btf::parse(forge.bytes(), "reduced")};
}

}  // namespace

TEST_CASE("narrowing: all subsets of programs are followed, and equal states are merged") {
  constexpr std::uint32_t programs = 8;
  const Pair pair = pair_of(many_ways(programs), programs);
  // Each program drops the struct that lacks its member. With all programs loaded only the last struct is left for the
  // last program, and that struct lacks its member. Any smaller subset leaves another struct that has it.
  const Comparison found = pair.plan.compare(pair.full, pair.reduced);
  REQUIRE(found.differences.size() == 1);
  CHECK(found.differences[0].relocation == programs - 1);
  CHECK(found.differences[0].programs.size() == programs);
  CHECK(found.differences[0].full.resolution.value == 0);
  CHECK(found.differences[0].reduced.resolution.value == 1);
}

TEST_CASE("narrowing: too many ways to narrow are an error") {
  constexpr std::uint32_t programs = 14;
  const Pair pair = pair_of(many_ways(programs), programs);
  const auto text = error_text([&] { (void)pair.plan.compare(pair.full, pair.reduced); });
  CHECK(text ==
        "unsupported: full: types: the programs of object narrow the candidates in more ways than can be compared");
}

TEST_CASE("narrowing: a subprogram counts as always loaded, and a program may be switched off") {
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  const std::uint32_t foo = local.structure("foo", 8, {{"x", int_, 0}, {"y", int_, 32}});
  const auto asks = [&](const char* access, Kind kind) {
    return ForgedRecord{.insn = 0, .type_id = foo, .access = access, .kind = static_cast<std::uint32_t>(kind)};
  };
  const ForgedProgram sub = {.name = "sub",
                             .section = ".text",
                             .insns = {mov_imm(1), exit_insn()},
                             .records = {asks("0:1", Kind::field_exists)}};
  const ForgedProgram p = {.name = "p",
                           .section = "tp/x",
                           .insns = {mov_imm(0), exit_insn()},
                           .records = {asks("0:0", Kind::field_byte_offset)}};
  using Members = std::vector<ForgedMember>;
  const auto differences = [&](const std::string& section, const std::vector<Members>& full, const Members& reduced) {
    ForgedProgram first = sub;
    first.section = section;
    const auto btf = [](const std::vector<Members>& all, const char* name) {
      BtfForge forge;
      (void)forge.integer("int", 4, 1);
      for (const Members& members : all) forge.structure("foo", 16, members);
      return Btf::parse(forge.bytes(), name);
    };
    const Plan plan({BpfObject::parse(forge_object(local, {first, p}), "object")});
    return plan.compare(btf(full, "full"), btf({reduced}, "reduced")).differences;
  };
  const ForgedMember x = {"x", 1, 0};
  const ForgedMember y = {"y", 1, 32};
  // The check of `y` drops the struct without `y`. Without that check the offset of `x` is ambiguous.
  const std::vector<Members> full = {{x, y}, {{"x", 1, 64}}};
  CHECK(differences(".text", full, {x, y}).empty());
  const auto switched_off = differences("tp/y", full, {x, y});
  REQUIRE(switched_off.size() == 1);
  CHECK(switched_off[0].programs == std::vector<std::size_t>{1});

  const auto of_program = differences(".text", full, {y, {"x", 1, 96}});
  REQUIRE(of_program.size() == 1);
  CHECK(of_program[0].programs == std::vector<std::size_t>{1});
  CHECK(of_program[0].reduced.resolution.value == 12);
  const auto of_subprogram = differences(".text", full, {x});
  REQUIRE(of_subprogram.size() == 1);
  CHECK(of_subprogram[0].programs == std::vector<std::size_t>{0});
}

}  // namespace minbtf::test
