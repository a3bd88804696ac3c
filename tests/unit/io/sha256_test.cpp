// SPDX-License-Identifier: BSD-2-Clause
#include "io/sha256.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::io;
using namespace minbtf::test;

namespace {

std::vector<std::uint8_t> bytes_of(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return bytes;
}

}  // namespace

TEST_CASE("sha256: digests equal those of FIPS 180-2") {
  CHECK(sha256_of({}).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::vector<std::uint8_t> abc = {'a', 'b', 'c'};
  CHECK(sha256_of(abc).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("sha256: bytes of any length, at once or in pieces, have the digest that sha256sum prints") {
  const TempDir directory;
  // Sizes around one block of 64 bytes, and many blocks.
  for (const std::size_t size : {1, 55, 56, 63, 64, 65, 1000, 100'000}) {
    CAPTURE(size);
    const std::vector<std::uint8_t> bytes = bytes_of(size);
    const std::string expected = run_command({"sha256sum", directory.write("file", bytes)}).out.substr(0, 64);
    CHECK(sha256_of(bytes).hex() == expected);
    Sha256Hasher hasher;
    hasher.add(std::span(bytes).first(size / 3));
    static_cast<void>(hasher.digest());  // more may be added afterwards
    hasher.add(std::span(bytes).subspan(size / 3));
    CHECK(hasher.digest().hex() == expected);
  }
}
