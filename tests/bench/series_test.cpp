// SPDX-License-Identifier: BSD-2-Clause
// The plan of the series of kernels that ./run bench makes (bench/series.py).
#include <catch2/catch.hpp>
#include <string>

#include "support/os/run_command.hpp"

namespace minbtf::test {

TEST_CASE("evolution: the plan of all series has as many kernels as wanted, with distinct paths") {
  const std::string source = TEST_SOURCE_DIR;
  const CommandResult result =
      run_command({"python3", "-B", source + "/tests/bench/series_plan.py", source + "/bench"});
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
}

}  // namespace minbtf::test
