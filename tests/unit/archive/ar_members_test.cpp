// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/ar_members.hpp"

#include <catch2/catch.hpp>

#include "support/error_text.hpp"
#include "support/forge/ar_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Returns "NAME=CONTENTS" for each member.
std::vector<std::string> members(const Bytes& bytes) {
  std::vector<std::string> all;
  for (const archive::ArMember& member : archive::ar_members(bytes, "lib.a")) {
    all.push_back(std::string(member.name) + "=" + std::string(member.contents.begin(), member.contents.end()));
  }
  return all;
}

std::string error_of(const Bytes& bytes) {
  return error_text([&] { static_cast<void>(members(bytes)); });
}

}  // namespace

TEST_CASE("ar_members: members have their names in the formats of GNU, BSD and Debian, without the tables") {
  const Bytes gnu = ArForge()
                        .member("/", "symbols")
                        .member("//", "a_name_of_over_fifteen_bytes.o/\nanother_long_name.o/\n")
                        .member("short.o/", "odd")
                        .member("/0", "first")
                        .member("/32", "second")
                        .bytes();
  CHECK(members(gnu) ==
        std::vector<std::string>{"short.o=odd", "a_name_of_over_fifteen_bytes.o=first", "another_long_name.o=second"});
  const Bytes bsd = ArForge()
                        .member("__.SYMDEF SORTED", "symbols")
                        .member("#1/20", std::string("long_name_of_bsd.o\0\0contents", 28))
                        .bytes();
  CHECK(members(bsd) == std::vector<std::string>{"long_name_of_bsd.o=contents"});
  const Bytes debian = ArForge().member("debian-binary", "2.0\n").member("data.tar.xz", "tar").bytes();
  CHECK(members(debian) == std::vector<std::string>{"debian-binary=2.0\n", "data.tar.xz=tar"});
  CHECK(members(ArForge().bytes()).empty());
}

TEST_CASE("ar_members: an invalid header, size or name is an error with its place") {
  CHECK(error_of(ArForge().header("x.o/", "5").bytes()) ==
        "damaged: lib.a: ar+0x8: a member of 5 bytes, but 0 bytes are left");
  for (const char* size : {"", "x", "-1", "1x", "99999999999999999999"}) {
    CAPTURE(size);
    CHECK(error_of(ArForge().header("x.o/", size).bytes()).starts_with("damaged: lib.a: ar+0x8: "));
  }
  Bytes bytes = ArForge().member("x.o/", "abcd").bytes();
  for (std::size_t end = 9; end < bytes.size(); ++end) {
    CAPTURE(end);
    CHECK(error_of({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end)}).starts_with("damaged: lib.a: "));
  }
  bytes[8 + 58] = 'x';
  CHECK(error_of(bytes) == "damaged: lib.a: ar+0x8: an invalid header of a member");
  CHECK(error_of(ArForge().member("/7", "abcd").bytes()) == "damaged: lib.a: ar+0x8: a long name that does not exist");
  CHECK(error_of(ArForge().member("#1/9", "abcd").bytes()) == "damaged: lib.a: ar+0x8: an invalid length of a name");
  const std::string thin = "!<thin>\nx";
  CHECK(error_of({thin.begin(), thin.end()}) ==
        "unsupported: lib.a: a thin ar archive, which holds no contents; use its members");
}

}  // namespace minbtf::test
