// SPDX-License-Identifier: BSD-2-Clause
// bench/answers.py: the number of outputs of a tree, and of distinct results of its relocations.
#include <catch2/catch.hpp>
#include <string>

#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/tree_case.hpp"

namespace minbtf::test {

TEST_CASE("answers.py: files with the same results are counted, and what tells them apart is printed") {
  const TreePlace place;
  put(place.in / "one.btf", small_kernel({.task = 1}));
  put(place.in / "two.btf", small_kernel({.task = 1, .unasked = 1}));
  put(place.in / "three.btf", small_kernel({.task = 1, .flavor = "___x"}));
  put(place.in / "four.btf", small_kernel({.task = 2}));
  const std::string source = TEST_SOURCE_DIR;
  const CommandResult result = run_command(
      {"python3", "-B", source + "/bench/answers.py", "--min-btf", TEST_BINARY, place.in.string(), place.basic});
  CAPTURE(result.out, result.err);
  REQUIRE(result.status == 0);
  CHECK(result.err.empty());
  const Words lines = lines_in(result.out);
  CHECK_THAT(lines.at(0), Catch::StartsWith("kernels 4, files 3, bytes "));
  CHECK_THAT(lines.at(0), Catch::Contains(", vectors 2; with --dedupe=answers: files 2, bytes "));
  CHECK(lines.at(2) == "one.btf (2) and three.btf (1):");
  CHECK_THAT(result.out,
             Catch::Contains("  - struct task_struct @") && Catch::Contains("  + struct task_struct___x @"));
}

}  // namespace minbtf::test
