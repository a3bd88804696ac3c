// SPDX-License-Identifier: BSD-2-Clause
#include "io/byte_stream.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <new>
#include <vector>

#include "io/read/buffer.hpp"
#include "support/os/address_sanitizer.hpp"

namespace minbtf::test {

using io::Buffer;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20U;

/// Bytes that differ from place to place.
std::vector<std::uint8_t> pattern(std::size_t bytes) {
  std::vector<std::uint8_t> all(bytes);
  for (std::size_t i = 0; i < bytes; ++i) all[i] = static_cast<std::uint8_t>(i * 31 + i / 4096);
  return all;
}

void fill(Buffer& buffer) {
  const auto all = pattern(buffer.room());
  std::copy(all.begin(), all.end(), buffer.data());
}

bool holds_pattern(Buffer& buffer, std::size_t bytes) {
  const auto all = pattern(bytes);
  return std::equal(all.begin(), all.end(), buffer.data());
}

}  // namespace

TEST_CASE("buffer: a new buffer has no memory") {
  Buffer buffer;
  CHECK(buffer.room() == 0);
  CHECK(buffer.data() == nullptr);
  buffer.make_room(0, 0);
  CHECK(buffer.room() == 0);
}

TEST_CASE("buffer: make_room() gives at least the requested bytes, all of them writable") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4095}, std::size_t{4096},
                                  std::size_t{4097}, mib + 1, 2 * mib - 1, 2 * mib, 2 * mib + 1, 3 * mib, 5 * mib}) {
    INFO(bytes << " bytes");
    Buffer buffer;
    buffer.make_room(bytes, 0);
    CHECK(buffer.room() >= bytes);
    REQUIRE(buffer.data() != nullptr);
    fill(buffer);
    CHECK(holds_pattern(buffer, buffer.room()));
  }
}

TEST_CASE("buffer: growing preserves the first `kept` bytes") {
  for (const std::size_t kept : {std::size_t{1}, std::size_t{1000}, std::size_t{4096}}) {
    Buffer buffer;
    buffer.make_room(4096, 0);
    fill(buffer);
    // From small to small, from small to over 2 MiB, and from large to large.
    for (const std::size_t bytes : {std::size_t{4097}, mib, 2 * mib + 1, 4 * mib + 1, 9 * mib}) {
      INFO(kept << " bytes kept, " << bytes << " wanted");
      const std::size_t before = buffer.room();
      buffer.make_room(bytes, kept);
      CHECK(buffer.room() >= bytes);
      CHECK(buffer.room() > before);
      CHECK(holds_pattern(buffer, kept));
      // The bytes behind may have any value and are writable.
      std::fill(buffer.data() + kept, buffer.data() + buffer.room(), std::uint8_t{0xee});
    }
  }
}

TEST_CASE("buffer: growing can preserve all bytes") {
  Buffer buffer;
  buffer.make_room(1, 0);
  fill(buffer);
  for (int i = 0; i < 24; ++i) {
    const std::size_t before = buffer.room();
    buffer.make_room(before + 1, before);
    REQUIRE(buffer.room() > before);
    CHECK(holds_pattern(buffer, before));
    fill(buffer);
  }
  CHECK(buffer.room() > 2 * mib);
}

TEST_CASE("buffer: a request that fits changes neither size nor address nor bytes") {
  Buffer buffer;
  buffer.make_room(3 * mib, 0);
  fill(buffer);
  const std::size_t room = buffer.room();
  const auto* const data = buffer.data();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, mib, 3 * mib, room}) {
    for (const std::size_t kept : {std::size_t{0}, std::min(bytes, mib)}) {
      buffer.make_room(bytes, kept);
      CHECK(buffer.room() == room);
      CHECK(buffer.data() == data);
    }
  }
  CHECK(holds_pattern(buffer, room));
}

TEST_CASE("buffer: a large buffer is aligned to a huge page") {
  Buffer buffer;
  buffer.make_room(2 * mib + 1, 0);
  CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % (2 * mib) == 0);
  CHECK(buffer.room() % (2 * mib) == 0);
}

TEST_CASE("buffer: a failed allocation keeps the bytes that were to be preserved") {
  // AddressSanitizer ends the process when an allocation fails.
  if (with_address_sanitizer) return;
  constexpr std::size_t too_much = std::size_t{1} << 62U;
  Buffer buffer;
  buffer.make_room(5000, 0);
  fill(buffer);
  const std::size_t room = buffer.room();
  CHECK_THROWS_AS(buffer.make_room(too_much, 100), std::bad_alloc);
  CHECK(buffer.room() == room);
  CHECK(holds_pattern(buffer, room));
  // If no bytes are to be preserved, room() and data() must still agree.
  CHECK_THROWS_AS(buffer.make_room(too_much, 0), std::bad_alloc);
  CHECK((buffer.room() == 0 || buffer.data() != nullptr));
  buffer.make_room(6000, 0);
  CHECK(buffer.room() >= 6000);
  fill(buffer);
}

}  // namespace minbtf::test
