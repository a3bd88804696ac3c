// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/tar_writer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "archive/package/compression.hpp"
#include "archive/unpack/unpack.hpp"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::ustar_of;
using Bytes = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

namespace {

constexpr std::size_t block = 512;

const Bytes one = bytes_of("one");
const Bytes none;
const Bytes full(block, 'f');
const Bytes large(100'000, 'l');

/// Members in the order of their paths by bytes. In the order of their parts `a/b` comes before `a-b`.
std::vector<archive::TarMember> members() {
  return {{"./c/x.btf", one}, {"a-b", none}, {"a/b", full}, {"a/\xc3\xa9 \"q\"\n", large}};
}

/// Returns "PATH = SIZE FIRST", with the first byte of the contents.
Lines read_back(const Bytes& bytes) {
  io::MemoryStream input(bytes);
  archive::Unpacker unpacker(input, "input", {});
  CHECK(unpacker.is_tar());
  Lines lines;
  while (const auto member = unpacker.next()) {
    CHECK(member->refusal.empty());
    CHECK((member->type == archive::Member::Type::file));
    const Bytes contents = unpacker.read_all();
    lines.push_back(member->path + " = " + std::to_string(contents.size()) +
                    (contents.empty() ? std::string() : " " + std::string(1, static_cast<char>(contents[0]))));
  }
  return lines;
}

std::string field(const Bytes& tar, std::size_t offset, std::size_t size) {
  const std::string text(tar.begin() + static_cast<std::ptrdiff_t>(offset),
                         tar.begin() + static_cast<std::ptrdiff_t>(offset + size));
  return text.substr(0, text.find('\0'));
}

/// Returns the path in the first header as a reader joins it: "PREFIX|NAME".
std::string fields_of_path(const Bytes& tar) { return field(tar, 345, 155) + "|" + field(tar, 0, 100); }

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string refusal(const std::string& path, bool name_field_only = false) {
  return error_text([&] { static_cast<void>(ustar_of({{path, one}}, 0, name_field_only)); });
}

}  // namespace

TEST_CASE("tar_writer: the reader gets the members in the order of their paths by bytes") {
  CHECK(read_back(ustar_of(members(), 0)) ==
        Lines{"c/x.btf = 3 o", "a-b = 0", "a/b = 512 f", "a/\xc3\xa9 \"q\"\n = 100000 l"});
  CHECK(read_back(ustar_of({{"x", none}}, 0)) == Lines{"x = 0"});
  // The end of an archive without members: two blocks of zeros.
  CHECK(ustar_of({}, 0) == Bytes(2 * block));
}

TEST_CASE("tar_writer: equal members give equal bytes in every order") {
  const Bytes expected = ustar_of(members(), 7);
  CHECK(expected.size() == block * (4 + 1 + 1 + 196 + 2));
  CHECK(ustar_of(members(), 7) == expected);
  auto turned = members();
  std::ranges::reverse(turned);
  CHECK(ustar_of(turned, 7) == expected);
  CHECK(ustar_of(members(), 8) != expected);
}

TEST_CASE("tar_writer: each header is that of a regular file of nobody in the ustar format") {
  const Bytes tar = ustar_of({{"a/x.btf", one}}, 1'000'000'000);
  REQUIRE(tar.size() == 4 * block);
  CHECK(field(tar, 0, 100) == "a/x.btf");
  CHECK(std::stoul(field(tar, 100, 8), nullptr, 8) == 0644);
  CHECK(std::stoul(field(tar, 108, 8), nullptr, 8) == 0);
  CHECK(std::stoul(field(tar, 116, 8), nullptr, 8) == 0);
  CHECK(std::stoul(field(tar, 124, 12), nullptr, 8) == 3);
  CHECK(std::stoul(field(tar, 136, 12), nullptr, 8) == 1'000'000'000);
  CHECK(tar[156] == '0');
  CHECK(field(tar, 157, 100).empty());
  CHECK(std::string(tar.begin() + 257, tar.begin() + 265) == std::string("ustar\0"
                                                                         "00",
                                                                         8));
  CHECK(field(tar, 265, 32).empty());  // user
  CHECK(field(tar, 297, 32).empty());  // group
  CHECK(field(tar, 345, 155).empty());
  CHECK(std::string(tar.begin() + block, tar.begin() + block + 3) == "one");
  CHECK(std::all_of(tar.begin() + 2 * block, tar.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("tar_writer: tar lists and unpacks an archive in each compression") {
  const TempDir dir;
  const Bytes tar = ustar_of({{"b/y.btf", full}, {"a/x.btf", one}}, 86'400);
  using How = archive::Compression;
  for (const auto& [how, name] : {std::pair{How::none, "x.tar"}, std::pair{How::gzip, "x.tar.gz"},
                                  std::pair{How::xz, "x.tar.xz"}, std::pair{How::zstd, "x.tar.zst"}}) {
    CAPTURE(name);
    const std::string path = dir.write(name, archive::compressed(tar, how));
    const CommandResult list = run_command({"tar", "--utc", "--full-time", "--numeric-owner", "-tvf", path});
    CHECK(list.status == 0);
    CHECK(list.err.empty());
    CHECK(list.out ==
          "-rw-r--r-- 0/0               3 1970-01-02 00:00:00 a/x.btf\n"
          "-rw-r--r-- 0/0             512 1970-01-02 00:00:00 b/y.btf\n");
    const std::string target = dir.file(std::string(name) + ".d");
    std::filesystem::create_directory(target);
    CHECK(run_command({"tar", "-xf", path, "-C", target}).status == 0);
    CHECK(contents_of(target + "/a/x.btf") == "one");
    CHECK(contents_of(target + "/b/y.btf").size() == block);
  }
}

TEST_CASE("tar_writer: a path over 100 bytes is divided at a slash into prefix and name") {
  const std::string name = repeated("n", 60);
  const std::string prefix = repeated("d", 50) + "/" + repeated("e", 50);
  const Bytes tar = ustar_of({{prefix + "/" + name, one}}, 0);
  CHECK(fields_of_path(tar) == prefix + "|" + name);
  CHECK(read_back(tar) == Lines{prefix + "/" + name + " = 3 o"});

  const std::string longest = repeated("p", 155) + "/" + repeated("n", 100);
  const Bytes last = ustar_of({{longest, one}}, 0);
  CHECK(read_back(last) == Lines{longest + " = 3 o"});
  const TempDir dir;
  CHECK(run_command({"tar", "-tf", dir.write("x.tar", last)}).out == longest + "\n");

  const std::string exact = repeated("n", 100);
  CHECK(fields_of_path(ustar_of({{exact, one}}, 0)) == "|" + exact);
}

TEST_CASE("tar_writer: a path that does not fit is refused by name") {
  const std::string reason =
      " bytes and does not fit into a ustar archive: the last part of at most 100 bytes and the directories of at most "
      "155 bytes must meet at a slash";
  for (const std::string& path :
       {repeated("n", 101), "a/" + repeated("n", 101), repeated("p", 156) + "/" + repeated("n", 100),
        "/" + repeated("n", 50), repeated("p", 10) + "/" + repeated("q", 150) + "/" + repeated("n", 99)}) {
    CAPTURE(path);
    if (path.starts_with('/')) {
      CHECK(refusal(path) == "unsupported: " + path + ": cannot be a file in a tar archive: an absolute path");
    } else {
      CHECK(refusal(path) == "unsupported: " + path + ": the path has " + std::to_string(path.size()) + reason);
    }
  }
  for (const char* path : {"", "a/../b", "a/"}) {
    CAPTURE(path);
    CHECK(refusal(path).find("cannot be a file in a tar archive: ") != std::string::npos);
  }
  const std::string longest = repeated("n", 99);
  CHECK(refusal(longest, true) == "no error");
  CHECK(refusal(longest + "n", true) ==
        "unsupported: " + longest + "n: the path has 100 bytes; readers of this archive take at most 99");
  CHECK(refusal("a/" + longest, true).ends_with("the path has 101 bytes; readers of this archive take at most 99"));
}

TEST_CASE("tar_writer: an archive over 4 GiB is refused before memory is allocated for it") {
  const Bytes part(std::size_t{64} << 20U);
  std::vector<archive::TarMember> many;
  for (int i = 0; i < 64; ++i) many.push_back({"m" + std::to_string(i), part});
  CHECK(error_text([&] { static_cast<void>(ustar_of(many, 0)); }) ==
        "unsupported: ustar archive: would have 4295001088 bytes, over the limit of 4294967296");
}

TEST_CASE(
    "tar_writer: a path that occurs twice, a file that is a directory and a time outside of the header are refused") {
  CHECK(error_text([] {
          static_cast<void>(ustar_of({{"a", one}, {"b", one}, {"a", full}}, 0));
        }) == "unsupported: a: the path is twice in the archive");
  CHECK(error_text([] {
          static_cast<void>(ustar_of({{"a.btf", one}, {"a.btf-x", one}, {"a.btf/b/c", one}}, 0));
        }) == "unsupported: a.btf/b/c: the archive cannot hold this path, because a.btf is a file in it");
  CHECK(read_back(ustar_of({{"a.btf", one}, {"a.bt/b", one}}, 0)) == Lines{"a.bt/b = 3 o", "a.btf = 3 o"});
  CHECK(read_back(ustar_of({{"a", one}}, archive::latest_ustar_time)) == Lines{"a = 3 o"});
  for (const std::int64_t time : {std::int64_t{-1}, archive::latest_ustar_time + 1}) {
    CAPTURE(time);
    CHECK(error_text([&] {
            static_cast<void>(ustar_of({{"a", one}}, time));
          }) == "unsupported: ustar archive: cannot hold the time " + std::to_string(time) +
                    ": it ends at 8589934591 seconds since 1970");
  }
}
