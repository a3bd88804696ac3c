// SPDX-License-Identifier: BSD-2-Clause
// CheckTask: the result for one kernel.
#include "commands/check/check_task.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/check_case.hpp"

namespace minbtf::test {

TEST_CASE("check_task: equal outcomes of kernels are stored once") {
  const Plan plan({asking_object("object", {{"p", "ab"}})});
  cli::CheckOutcomeStore store(1);
  const cli::CheckTask task(plan, store);
  const archive::KernelPlace place = {.source = "k", .member = "", .name = "k"};
  const auto one = task.run(place, kernel_with("ac"));
  const auto same = task.run(place, kernel_with("ad"));
  const auto other = task.run(place, kernel_with("bd"));
  const auto outcome = [](const archive::KernelResultPtr& result) {
    return archive::value_of<cli::KernelOutcome>(*result).outcome;
  };
  CHECK(outcome(one) == outcome(same));
  CHECK(outcome(one) != outcome(other));
  CHECK(task.is_same(*one, *same));
  CHECK_FALSE(task.is_same(*one, *other));
  CHECK(*outcome(one)->front() == plan.check(Btf::parse(kernel_with("ac"), "k")));
  CHECK_FALSE(task.depends_on_place());
  CHECK(task.adopt(one) == nullptr);

  auto bad = kernel_with("a");
  bad.resize(20);
  CHECK_THROWS_AS(task.run(place, bad), Error);
}

}  // namespace minbtf::test
