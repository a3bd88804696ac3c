// SPDX-License-Identifier: BSD-2-Clause
// Kernels of a pack that are found to have the same stand-in have it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "pack/pack.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/pack_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t most_bytes = 1 << 20;

/// Build `number` of a kernel. Each build changes another struct: s0 in every 7th, s1 in every 6th, and so on. s0 holds
/// s1 by value, and has a pointer to s2. Each build has another number of functions.
Bytes build(std::uint32_t number, ByteOrder order = ByteOrder::little) {
  BtfForge forge(order);
  const std::uint32_t integer = forge.integer("int", 4, 1);
  std::vector<std::uint32_t> structs(6);
  for (std::uint32_t i = 6; i-- > 0;) {
    const std::uint32_t size = 8 + 4 * (number / (7 - i));
    std::vector<ForgedMember> members = {{"a", integer, 0}, {"b" + std::to_string(size), integer, 32}};
    if (i == 0) {
      members.push_back({"embedded", structs[1], 64});
      members.push_back({"pointer", forge.ptr(structs[2]), 1024});
    }
    structs[i] = forge.structure("s" + std::to_string(i), i == 0 ? 256 : size, members);
  }
  const std::uint32_t prototype = forge.func_proto(integer, {{"p", integer}});
  for (std::uint32_t i = 0; i < number; ++i) forge.func("f" + std::to_string(i), prototype);
  return forge.bytes();
}

std::vector<Bytes> builds() {
  std::vector<Bytes> kernels;
  for (std::uint32_t number = 0; number < 30; ++number) kernels.push_back(build(number));
  for (std::uint32_t number = 0; number < 6; ++number) kernels.push_back(build(number, ByteOrder::big));
  kernels.push_back(build(3));
  return kernels;
}

}  // namespace

TEST_CASE("shared_btf: kernels that are found to have the same BTF have it") {
  const std::vector<std::size_t> steps =
      GENERATE(std::vector<std::size_t>{}, std::vector<std::size_t>{10}, std::vector<std::size_t>{5, 6, 7, 20, 33});
  const Bytes bytes = packed_in_steps(builds(), steps);
  const pack::Pack pack(bytes, "pack");
  static const std::vector<std::string> one = {"s0"};
  static const std::vector<std::string> two = {"s3", "s4"};
  static const std::vector<std::string> function = {"f7"};
  const pack::StandInRequest request =
      GENERATE(pack::StandInRequest{.names = one}, pack::StandInRequest{.names = one, .follows_pointers = true},
               pack::StandInRequest{.names = two}, pack::StandInRequest{.names = function, .extras = true},
               pack::StandInRequest{.follows_pointers = true, .everything = true});
  const auto count = static_cast<std::uint32_t>(pack.catalog().kernels.size());
  REQUIRE(count > 30);
  std::size_t found = 0;
  for (std::uint32_t kernel = 0; kernel < count; ++kernel) {
    io::Buffer memory;
    const pack::SharedBtf shared = pack.shared_btf(kernel, request, most_bytes, memory);
    REQUIRE(shared.kernels.contains(kernel));
    REQUIRE(shared.kernels.end <= count);
    CHECK(pack.catalog().kernels[kernel].bytes >= shared.least_size);
    for (std::uint32_t other = 0; other < count; ++other) {
      io::Buffer memory_of_other;
      const auto btf = pack.kernel_btf(other, request, most_bytes, memory_of_other);
      const bool is_same = std::ranges::equal(btf, shared.bytes);
      const bool is_found = shared.kernels.contains(other) && pack.catalog().kernels[other].bytes >= shared.least_size;
      if (is_found) CHECK(is_same);
      if (other != kernel) found += is_found ? 1 : 0;
    }
  }
  // No two kernels have the same functions.
  CHECK((found > 0) == !request.everything);
}

TEST_CASE("shared_btf: the least size is the smallest for which the stand-in can be made") {
  const Bytes bytes = packed({build(4)});
  const pack::Pack pack(bytes, "pack");
  const std::vector<std::string> names = {"s0"};
  const bool follows_pointers = GENERATE(false, true);
  const auto types = pack.types(0);
  const auto made = [&](std::uint64_t limit) {
    io::Buffer memory;
    return pack::make_stand_in(*types, {.names = names, .follows_pointers = follows_pointers, .max_bytes = limit},
                               memory)
        .least_limit;
  };
  const std::uint64_t least = made(most_bytes);
  CHECK(made(least) == least);
  CHECK(error_text([&] { (void)made(least - 1); }).ends_with("they need more bytes than the kernel's BTF has"));
}

}  // namespace minbtf::test
