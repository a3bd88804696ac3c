// One kernel of many: what is kept of it, and what is taken over from elsewhere.
#include "report/check_task.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "report/check_outcome.hpp"
#include "support/check_case.hpp"

namespace minbtf::test {

namespace {

archive::KernelResult result_of(std::vector<Trouble> troubles) {
  archive::KernelResult result;
  result.content = std::make_shared<const std::vector<std::uint8_t>>(report::encode_troubles(troubles));
  return result;
}

}  // namespace

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

TEST_CASE("check_task: what comes from elsewhere has to be about this plan") {
  const Plan plan({asking_object("object", {{"p", "ab"}})});
  archive::ContentStore store;
  const report::CheckTask task(plan, store);
  const auto adopts = [&](std::vector<Trouble> troubles) {
    archive::KernelResult result = result_of(std::move(troubles));
    return task.adopt(result);
  };
  CHECK(adopts({}));
  CHECK(adopts({{.object = 0, .relocation = 1}}));
  CHECK_FALSE(adopts({{.object = 0, .relocation = 1, .program = 1}}));
  CHECK_FALSE(adopts({{.object = 0, .relocation = 2}}));
  CHECK_FALSE(adopts({{.object = 1, .relocation = 0}}));

  archive::KernelResult first = result_of({{.object = 0, .relocation = 1}});
  archive::KernelResult second = result_of({{.object = 0, .relocation = 1}});
  CHECK((task.adopt(first) && task.adopt(second)));
  CHECK(first.content == second.content);

  archive::KernelResult garbage;
  garbage.content = std::make_shared<const std::vector<std::uint8_t>>(std::vector<std::uint8_t>{0xff});
  CHECK_FALSE(task.adopt(garbage));
}

}  // namespace minbtf::test
