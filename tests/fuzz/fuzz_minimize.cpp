// Reduces a kernel for an object; what has to hold of the result stands in support/same_decisions.hpp.
#include "fuzz/harness.hpp"
#include "minbtf/error.hpp"
#include "support/same_decisions.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  test::ObjectAndKernel parts = test::split(data, size);
  try {
    const Plan plan({BpfObject::parse(std::move(parts.object), "object")});
    const std::string wrong = test::wrong_with_reduction(plan, Btf::parse(std::move(parts.kernel), "kernel"));
    test::require(wrong.empty(), wrong);
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
