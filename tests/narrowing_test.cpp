#include "minimize/narrowing.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"

namespace minbtf::test {

namespace {

using Kind = RelocationKind;

/// Program i asks for member mi, which all structs s of the kernel have but the i-th.
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

/// The reduced BTF has one more candidate, which fits everything.
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

TEST_CASE("narrowing: all ways are gone, and each state once") {
  constexpr std::uint32_t programs = 8;
  const Pair pair = pair_of(many_ways(programs), programs);
  // Whoever loads all but one leaves a struct that lacks nothing the last one asks for; with all, none is left for it.
  const Comparison found = pair.plan.compare(pair.full, pair.reduced);
  REQUIRE(found.differences.size() == 1);
  CHECK(found.differences[0].relocation == programs - 1);
  CHECK(found.differences[0].programs.size() == programs);
  CHECK(found.differences[0].full.resolution.value == 0);
  CHECK(found.differences[0].reduced.resolution.value == 1);
}

TEST_CASE("narrowing: too many ways are refused") {
  constexpr std::uint32_t programs = 14;
  const Pair pair = pair_of(many_ways(programs), programs);
  const auto text = error_text([&] { (void)pair.plan.compare(pair.full, pair.reduced); });
  CHECK(text ==
        "unsupported: full: types: the programs of object narrow the candidates in more ways than can be compared");
}

}  // namespace minbtf::test
