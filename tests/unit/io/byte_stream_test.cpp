// SPDX-License-Identifier: BSD-2-Clause
#include "io/byte_stream.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

// Returns the strings one by one, from memory that is freed by the next call.
class Pieces final : public io::ByteStream {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  std::span<const std::uint8_t> next() override {
    if (given_ == pieces_.size()) return {};
    const std::string& piece = pieces_[given_++];
    current_ = std::vector<std::uint8_t>(piece.begin(), piece.end());
    return current_;
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t given_ = 0;
  std::vector<std::uint8_t> current_;
};

std::string text(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string rest_of(io::ByteStream& stream) {
  std::string all;
  for (auto block = stream.next(); !block.empty(); block = stream.next()) all += text(block);
  CHECK(stream.next().empty());
  return all;
}

}  // namespace

TEST_CASE("byte_stream: a MemoryStream returns all bytes as one block, without a copy") {
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  io::MemoryStream stream(bytes);
  const auto block = stream.next();
  CHECK(block.data() == bytes.data());
  CHECK(block.size() == 3);
  CHECK(stream.next().empty());
  CHECK(stream.next().empty());
  io::MemoryStream empty({});
  CHECK(empty.next().empty());
}

TEST_CASE("byte_stream: a FileStream reads from the current offset to the end") {
  const TempDir directory;
  std::string contents(700'000, 'x');
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<char>(i * 7 % 251);
  const int fd = ::open(directory.write("file", contents).c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(::lseek(fd, 1000, SEEK_SET) == 1000);
  io::FileStream stream(fd, "file");
  CHECK(rest_of(stream) == contents.substr(1000));
  ::close(fd);
}

TEST_CASE("byte_stream: a failed read is an error with the name of the file") {
  const TempDir directory;
  const int fd = ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  io::FileStream stream(fd, "some/name");
  CHECK_THROWS_WITH(stream.next(), "some/name: cannot read: Is a directory");
  ::close(fd);
}

TEST_CASE("byte_stream: a PeekedStream shows the first bytes and still returns all bytes") {
  const std::vector<std::vector<std::string>> all_pieces = {
      {},          {"a"}, {"abcd"}, {"abcde"}, {"abcdefgh", "ij"}, {"a", "b", "c", "d", "e"}, {"abc", "defgh", "i"},
      {"ab", "cd"}};
  for (const auto& pieces : all_pieces) {
    std::string whole;
    for (const std::string& piece : pieces) whole += piece;
    CAPTURE(whole, pieces.size());
    Pieces source(pieces);
    io::PeekedStream stream(source, 4);
    CHECK(text(stream.head()) == whole.substr(0, 4));
    CHECK(rest_of(stream) == whole);
  }
}

TEST_CASE("byte_stream: a PeekedStream does not copy a first block that is long enough") {
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4};
  io::MemoryStream source(bytes);
  io::PeekedStream stream(source, 4);
  CHECK(stream.head().data() == bytes.data());
  CHECK(stream.next().data() == bytes.data());
  CHECK(stream.next().empty());
}
