// One kernel of many: what is kept of it.
#include "report/check_task.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "report/check_outcome.hpp"
#include "support/check_case.hpp"

namespace minbtf::test {

TEST_CASE("check_task: equal outcomes of kernels are one content") {
  const Plan plan({asking_object("object", {{"p", "ab"}})});
  archive::ContentStore store;
  const report::CheckTask task(plan, store);
  const archive::KernelPlace place = {.source = "k", .member = "", .name = "k"};
  const auto one = task.run(place, kernel_with("ac"));
  const auto same = task.run(place, kernel_with("ad"));
  const auto other = task.run(place, kernel_with("bd"));
  CHECK(one.content == same.content);
  CHECK(one.content != other.content);
  CHECK(one.figures.source_bytes == kernel_with("ac").size());
  CHECK(report::decode_troubles(*one.content) == plan.check(Btf::parse(kernel_with("ac"), "k")));
  CHECK_FALSE(task.depends_on_place());

  auto bad = kernel_with("a");
  bad.resize(20);
  CHECK_THROWS_AS(task.run(place, bad), Error);
}

}  // namespace minbtf::test
