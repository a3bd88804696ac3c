// Every byte of small inputs changed, through all that follows: whatever is not refused is reduced to BTF that libbpf
// accepts and that says the same.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/cpu_limit.hpp"
#include "support/error_text.hpp"
#include "support/forged_samples.hpp"
#include "support/same_decisions.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono_literals::operator""ms;

Bytes values_for(std::uint8_t before) {
  return {0x00, 0xff, static_cast<std::uint8_t>(before + 1), static_cast<std::uint8_t>(before ^ 0x80U),
          static_cast<std::uint8_t>(before ^ 0x04U)};
}

/// Calls test(bytes) with each single-byte corruption. `test` returns false for a result that must not be.
template <typename Test>
std::string first_failure(Bytes bytes, Test&& test) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::uint8_t before = bytes[at];
    for (const std::uint8_t value : values_for(before)) {
      if (value == before) continue;
      bytes[at] = value;
      const std::string what = "byte " + std::to_string(at) + " = " + std::to_string(value);
      const CpuLimit limit(2000ms, what);
      const std::string failure = test(bytes);
      if (!failure.empty()) return what + ": " + failure;
    }
    bytes[at] = before;
  }
  return "";
}

/// Empty if the result is as it should be. An Error is in order, unless it is a mistake of ours.
std::string reduce(const Plan& plan, const Bytes& kernel) {
  std::string wrong;
  const std::string error = error_text([&] { wrong = wrong_with_reduction(plan, Btf::parse(kernel, "kernel")); });
  return error.starts_with("internal: ") ? error : wrong;
}

/// Small enough to be parsed ten thousand times.
Bytes small_object(ByteOrder order) {
  const EveryKind all(order);
  return forge_object(all.forge, ask_in_every_way(all.forge, {{all.struct_, "0:2:1"}}), {.order = order});
}

std::size_t resolved(const Plan& plan, const Bytes& kernel) {
  const auto resolutions = plan.minimize(Btf::parse(kernel, "kernel")).resolutions;
  return static_cast<std::size_t>(std::count_if(
      resolutions.begin(), resolutions.end(), [](const Resolution& each) { return each.status == Status::resolved; }));
}

}  // namespace

TEST_CASE("corrupted bytes: of a kernel") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const bool other = GENERATE(false, true);
  const Plan plan({BpfObject::parse(sample_object(), "object")});
  const Bytes kernel = other ? other_sample_kernel(order) : sample_kernel(order);
  REQUIRE(reduce(plan, kernel) == "");
  // Where every relocation fails, nothing can change.
  REQUIRE(resolved(plan, kernel) > 30);
  CHECK(first_failure(kernel, [&](const Bytes& bytes) { return reduce(plan, bytes); }) == "");
}

TEST_CASE("corrupted bytes: of an object") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes kernel = GENERATE(false, true) ? other_sample_kernel(order) : sample_kernel(order);
  const auto parse_and_reduce = [&](const Bytes& bytes) -> std::string {
    std::vector<BpfObject> objects;
    const std::string error = error_text([&] { objects.push_back(BpfObject::parse(bytes, "object")); });
    if (error != "no error") return error.starts_with("internal: ") ? error : "";
    return reduce(Plan(std::move(objects)), kernel);
  };
  const Bytes object = small_object(order);
  REQUIRE(parse_and_reduce(object) == "");
  CHECK(first_failure(object, parse_and_reduce) == "");
}

TEST_CASE("corrupted bytes: every beginning of an object") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes bytes = small_object(order);
  const Bytes kernel = sample_kernel(order);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    INFO(length << " bytes");
    std::vector<BpfObject> objects;
    const std::string error = error_text([&] { objects.push_back(BpfObject::parse(part, "object")); });
    CHECK_FALSE(error.starts_with("internal: "));
    if (error == "no error") CHECK(reduce(Plan(std::move(objects)), kernel) == "");
  }
}

}  // namespace minbtf::test
