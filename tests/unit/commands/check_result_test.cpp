// SPDX-License-Identifier: BSD-2-Clause
// CheckResult: the outcomes of all kernels of a run.
#include "commands/check/check_result.hpp"

#include <catch2/catch.hpp>

#include "support/check_case.hpp"

namespace minbtf::test {

using cli::CheckResult;
using cli::Standing;
using cli::standing_of;

namespace {

std::string flags(const std::vector<bool>& values) {
  std::string text;
  for (const bool value : values) text += value ? '1' : '0';
  return text;
}

}  // namespace

TEST_CASE("check_result: each distinct outcome is listed once, in the order of the kernels") {
  const Plan plan({asking_object("one", {{"p", "ab"}, {"q", "Cc"}}), asking_object("two", {{"p", "d"}})});
  const CheckResult result = checked(plan, {{"u/5.4.0-10-x.btf", kernel_with("ab")},           // guarded; poisoned
                                            {"u/5.4.0-9-x.btf", kernel_with("abcd")},          // both relocate
                                            {"u/5.4.0-11-x.btf", kernel_with("abe")},          // as the first
                                            {"u/5.4.0-12-x.btf", kernel_with("abd")},          // guarded; relocates
                                            {"u/5.4.0-13-x.btf", kernel_with("abc", true)}});  // fails; poisoned
  REQUIRE(result.kernels().size() == 5);
  CHECK(result.path(0) == "u/5.4.0-9-x.btf");
  CHECK(result.path(4) == "u/5.4.0-13-x.btf");
  CHECK(result.combinations() == std::vector<std::vector<std::uint32_t>>{{0, 0}, {1, 1}, {1, 0}, {2, 1}});
  std::vector<std::uint32_t> combinations;
  for (std::size_t kernel = 0; kernel < 5; ++kernel) combinations.push_back(result.combination_of(kernel));
  CHECK(combinations == std::vector<std::uint32_t>{0, 1, 1, 2, 3});

  REQUIRE(result.outcomes(0).size() == 3);
  CHECK(result.outcomes(0)[0].standing == Standing::relocates);
  CHECK(result.outcomes(0)[1].standing == Standing::guarded);
  CHECK(result.outcomes(0)[2].standing == Standing::fails);
  REQUIRE(result.outcomes(1).size() == 2);
  CHECK(result.outcomes(1)[1].standing == Standing::poisoned);
  CHECK(result.outcomes(0)[1].unresolved().size() == 1);
  CHECK(result.outcomes(0)[1].unresolved().front().program == 1);
  CHECK(result.insn_of(result.outcomes(0)[1].unresolved().front()) == 2);
  CHECK(result.function_of(result.outcomes(0)[1].unresolved().front()) == 1);
  CHECK(result.describe(result.outcomes(0)[1].unresolved().front()).subject == "struct s::c");
  CHECK(flags(result.kernels_of(0, {false, true, false})) == "01110");
  CHECK(flags(result.kernels_of(0, {true, false, true})) == "10001");
  CHECK(flags(result.kernels_of(1, {false, true})) == "01101");
}

TEST_CASE("check_result: extents count each object, program and kernel once") {
  const Plan plan({asking_object("one", {{"p", "aab"}, {"q", "Cc"}, {"r", "d"}}), asking_object("two", {{"p", "a"}})});
  const CheckResult result = checked(plan, {{"1.1.btf", kernel_with("abcd")},
                                            {"1.2.btf", kernel_with("abd")},
                                            {"1.3.btf", kernel_with("bd")},
                                            {"1.4.btf", kernel_with("d", true)}});
  const auto extent = [&](const std::function<bool(const UnresolvedRelocation&)>& is_meant) {
    const cli::Extent found = extent_of(result, is_meant);
    return std::vector<std::size_t>{found.objects, found.programs, found.kernels};
  };
  using Counts = std::vector<std::size_t>;
  CHECK(extent([](const UnresolvedRelocation&) { return true; }) == Counts{2, 4, 3});
  CHECK(extent([](const UnresolvedRelocation& failing) { return failing.status == Status::failed; }) ==
        Counts{1, 1, 1});
  CHECK(extent([](const UnresolvedRelocation& failing) { return failing.guard == Guard::exists; }) == Counts{1, 1, 3});
  CHECK(extent([](const UnresolvedRelocation& failing) { return standing_of(failing) == Standing::poisoned; }) ==
        Counts{2, 2, 2});
  CHECK(extent([](const UnresolvedRelocation&) { return false; }) == Counts{0, 0, 0});
  CHECK(programs_by_standing(result) == Counts{0, 1, 2, 1});
}

TEST_CASE("check_result: a relocation that fails in .text counts for every program of the object") {
  const Plan plan({asking_object("one", {{"p", "a"}, {"q", ""}, {"helper", "ba", ".text"}}),
                   asking_object("two", {{"p", ""}, {"q", "c"}})});
  const auto failing = [&](const std::vector<std::uint8_t>& kernel) {
    const CheckResult result = checked(plan, {{"k", kernel}});
    const cli::Extent found = extent_of(
        result, [](const UnresolvedRelocation& unresolved) { return standing_of(unresolved) == Standing::fails; });
    const auto by_standing = programs_by_standing(result);
    CHECK(found.programs == by_standing.back());
    return by_standing;
  };
  using Counts = std::vector<std::size_t>;
  CHECK(failing(kernel_with("abc")) == Counts{5, 0, 0, 0});
  CHECK(failing(kernel_with("ac", true)) == Counts{1, 0, 0, 4});
  // A poisoned instruction there does not count for other programs: the function is not loaded with them.
  CHECK(failing(kernel_with("ac")) == Counts{4, 1, 0, 0});
  CHECK(failing(kernel_with("d", true)) == Counts{2, 1, 2, 0});
}

TEST_CASE("check_result: the worst unresolved relocation decides the standing") {
  const UnresolvedRelocation guarded = {.guard = Guard::exists};
  const UnresolvedRelocation unreachable = {.guard = Guard::unreachable};
  const UnresolvedRelocation poisoned = {};
  const UnresolvedRelocation fails = {.status = Status::failed};
  CHECK(standing_of(std::vector<UnresolvedRelocation>{}) == Standing::relocates);
  CHECK(standing_of(std::vector<UnresolvedRelocation>{guarded, unreachable}) == Standing::guarded);
  CHECK(standing_of(std::vector<UnresolvedRelocation>{guarded, poisoned, unreachable}) == Standing::poisoned);
  CHECK(standing_of(std::vector<UnresolvedRelocation>{fails, poisoned, guarded}) == Standing::fails);
}

TEST_CASE("check_result: a result without kernels lists none") {
  const Plan plan({asking_object("one", {{"p", "a"}})});
  CHECK(CheckResult(plan, {}).kernels().size() == 0);
}

}  // namespace minbtf::test
