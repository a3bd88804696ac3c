// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/kernel_reducer.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

const archive::KernelPlace place = {.source = "k", .member = "", .name = "k"};

}  // namespace

TEST_CASE("kernel_reducer: figures of the source are those of the whole BTF") {
  const Plan plan({BpfObject::parse(sample_object(), "object")});
  const Bytes kernel = other_sample_kernel();
  for (const bool verifies : {false, true}) {
    archive::ContentStore store;
    const archive::KernelReducer reducer(plan, store, {.verifies = verifies});
    const auto whole = archive::value_of<archive::ReducedKernel>(*reducer.run(place, kernel));
    CHECK(whole.figures.source_bytes == kernel.size());
    CHECK(whole.figures.source_types == Btf::parse(kernel, "k").type_count());

    const auto of_stand_in =
        archive::value_of<archive::ReducedKernel>(*reducer.run(place, {kernel, 5'000'000'000, 123456}));
    CHECK(of_stand_in.figures.source_bytes == 5'000'000'000);
    CHECK(of_stand_in.figures.source_types == 123456);
    CHECK(of_stand_in.content == whole.content);
    archive::KernelFigures others = of_stand_in.figures;
    others.source_bytes = whole.figures.source_bytes;
    others.source_types = whole.figures.source_types;
    CHECK(others == whole.figures);
    CHECK(of_stand_in.failures == whole.failures);
  }
}

}  // namespace minbtf::test
