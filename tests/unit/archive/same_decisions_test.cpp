// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/kernel_reducer.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/tree_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Plan plan_of(const std::string& object) {
  const std::string bytes = contents_of(bpf_object(object));
  return Plan({BpfObject::parse(Bytes(bytes.begin(), bytes.end()), object)});
}

}  // namespace

TEST_CASE("same_decisions: a reduced BTF with the same results as its kernel passes") {
  const Plan plan = plan_of("basic");
  const Bytes kernel = small_kernel({.task = 3});
  Workspace workspace;
  const Bytes result = plan.minimize(kernel, "kernel", workspace).bytes;
  CHECK(error_text([&] { archive::require_same_decisions(plan, kernel, "kernel", result, workspace); }) == "no error");
}

TEST_CASE("same_decisions: a different, damaged or byte-swapped reduced BTF is an internal or damage error") {
  const Plan plan = plan_of("basic");
  const Bytes kernel = small_kernel({.task = 3});
  Workspace workspace;
  const auto refusal = [&](const Bytes& result) {
    return error_text([&] { archive::require_same_decisions(plan, kernel, "kernel", result, workspace); });
  };
  const Bytes other = plan.minimize(small_kernel({.task = 4}), "other", workspace).bytes;
  CHECK_THAT(refusal(other),
             Catch::StartsWith("internal: kernel: the reduced BTF gives another result: basic: handle_exec insn 4: "
                               "field_byte_offset task_struct.pid: ") &&
                 Catch::Contains(", in the reduced BTF ") && Catch::EndsWith(" more)"));
  Bytes cut = other;
  cut.resize(cut.size() - 1);
  CHECK_THAT(refusal(cut), Catch::StartsWith("damaged: kernel (reduced): "));
  const Plan nothing({});
  CHECK(error_text([&] {
          archive::require_same_decisions(nothing, sample_kernel(), "kernel", sample_kernel(ByteOrder::big), workspace);
        }) == "internal: kernel: the reduced BTF has another byte order");
}

}  // namespace minbtf::test
