// SPDX-License-Identifier: BSD-2-Clause
#include "io/hash.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace minbtf::io;

TEST_CASE("hash: values equal those of XXH3 with 128 bits") {
  // Values as xxhsum -H2, the tool of the specification, prints them.
  CHECK(hash_of({}).hex() == "99aa06d3014798d86001c324468d497f");
  const std::vector<std::uint8_t> abc = {'a', 'b', 'c'};
  CHECK(hash_of(abc).hex() == "06b05ab6733a618578af5f94892f3950");
}

TEST_CASE("hash: bytes added in pieces have the same hash as all bytes at once") {
  std::vector<std::uint8_t> bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  Hasher hasher;
  hasher.add(std::span(bytes).first(1));
  hasher.add(std::span(bytes).subspan(1, 500));
  hasher.add(std::span(bytes).subspan(501));
  CHECK(hasher.hash() == hash_of(bytes));
  hasher.add(std::span(bytes).first(1));
  CHECK(hasher.hash() != hash_of(bytes));
}

TEST_CASE("hash: the same bytes split into other texts have another hash") {
  Hasher one;
  one.add(std::string_view("ab"));
  one.add(std::string_view("c"));
  Hasher other;
  other.add(std::string_view("a"));
  other.add(std::string_view("bc"));
  CHECK(one.hash() != other.hash());
}

TEST_CASE("hash: from_hex() accepts only 32 lower-case hexadecimal digits") {
  const Hash hash{.high = 0x0123456789abcdef, .low = 0xf};
  CHECK(hash.hex() == "0123456789abcdef000000000000000f");
  CHECK(Hash::from_hex(hash.hex()) == hash);
  for (const char* text :
       {"", "0123456789abcdef", "0123456789ABCDEF000000000000000f", "0123456789abcdefg00000000000000f",
        "0x23456789abcdef000000000000000f0", " 123456789abcdef000000000000000f"}) {
    CAPTURE(text);
    CHECK_FALSE(Hash::from_hex(text));
  }
}
