// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/compression.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "archive/unpack/unpack.hpp"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Bytes = std::vector<std::uint8_t>;
using How = archive::Compression;

namespace {

struct Format {
  How how;
  std::string suffix;
  std::vector<std::string> print;  ///< prints the decompressed contents of a file
};

const std::vector<Format> formats = {
    {How::gzip, ".gz", {"gzip", "-dc"}}, {How::xz, ".xz", {"xz", "-dc"}}, {How::zstd, ".zst", {"zstd", "-dcq"}}};

/// Returns bytes that compress a little: longer than the blocks of all compressors.
Bytes sample(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>((state >> 24U) & 0x3fU);
  }
  return bytes;
}

Bytes unpacked(const Bytes& bytes) {
  io::MemoryStream input(bytes);
  archive::Unpacker unpacker(input, "input", {});
  CHECK_FALSE(unpacker.is_tar());
  REQUIRE(unpacker.next());
  Bytes contents = unpacker.read_all();
  CHECK_FALSE(unpacker.next());
  return contents;
}

}  // namespace

TEST_CASE("compression: compressed bytes are read back by the reader and by the programs of the system") {
  const TempDir dir;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{430}, std::size_t{3} << 20U}) {
    const Bytes bytes = sample(size);
    for (const Format& format : formats) {
      CAPTURE(format.suffix, size);
      const Bytes packed = archive::compressed(bytes, format.how);
      CHECK(packed != bytes);
      CHECK(unpacked(packed) == bytes);
      std::vector<std::string> command = format.print;
      command.push_back(dir.write("x" + format.suffix, packed));
      const CommandResult printed = run_command(command);
      CHECK(printed.status == 0);
      CHECK(printed.err.empty());
      CHECK((printed.out == std::string(bytes.begin(), bytes.end())));
    }
    CHECK(archive::compressed(bytes, How::none) == bytes);
  }
}

TEST_CASE("compression: equal bytes give equal results without a name and a time") {
  const Bytes bytes = sample(std::size_t{1} << 20U);
  for (const Format& format : formats) {
    CAPTURE(format.suffix);
    CHECK(archive::compressed(bytes, format.how) == archive::compressed(bytes, format.how));
  }
  // RFC 1952: no flags, so no name; the time is 0.
  const Bytes gzip = archive::compressed(bytes, How::gzip);
  REQUIRE(gzip.size() > 10);
  CHECK(Bytes(gzip.begin(), gzip.begin() + 8) == Bytes{0x1f, 0x8b, 8, 0, 0, 0, 0, 0});
}

TEST_CASE("compression: the reader finds a changed byte of the contents in each format") {
  const Bytes bytes = sample(std::size_t{64} << 10U);
  for (const Format& format : formats) {
    CAPTURE(format.suffix);
    Bytes packed = archive::compressed(bytes, format.how);
    packed[packed.size() / 2] ^= 0x10U;
    CHECK(error_text([&] { static_cast<void>(unpacked(packed)); }).starts_with("damaged: input: "));
  }
}
