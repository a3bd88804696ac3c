// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/unpack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::Member;
using archive::Unpacker;
using archive::UnpackLimits;
using namespace std::string_literals;
using Bytes = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

namespace {

// Returns a few bytes at a time, in memory that is freed by the next call. Throws once, at `throw_at`, and returns the
// end of the input afterwards: the code under test must not treat the error as the end.
class Pieces final : public io::ByteStream {
 public:
  static constexpr std::size_t never = SIZE_MAX;

  Pieces(const Bytes& bytes, std::size_t piece, std::size_t throw_at = never)
      : bytes_(bytes), piece_(piece), throw_at_(throw_at) {}

  std::span<const std::uint8_t> next() override {
    if (given_ >= throw_at_) {
      throw_at_ = never;
      given_ = bytes_.size();
      throw Error(ErrorKind::io, "input", "", "cannot read: it broke");
    }
    const std::size_t size = std::min({piece_, bytes_.size() - given_, throw_at_ - given_});
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(given_);
    current_ = Bytes(first, first + static_cast<std::ptrdiff_t>(size));
    given_ += size;
    return current_;
  }
  [[nodiscard]] std::size_t given() const { return given_; }

 private:
  const Bytes& bytes_;
  std::size_t piece_;
  std::size_t throw_at_;
  std::size_t given_ = 0;
  Bytes current_;
};

std::string text(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string line_of(const Member& member, Unpacker& unpacker) {
  if (!member.refusal.empty()) return "refused " + member.path + ": " + member.refusal;
  if (member.type == Member::Type::symbolic_link) return "symlink " + member.path + " -> " + member.target;
  if (member.type == Member::Type::hard_link) return "hardlink " + member.path + " -> " + member.target;
  return "file " + member.path + " = " + text(unpacker.read_all());
}

// Returns all members as "file PATH = CONTENTS", after a line "tar" if the input is a tar.
Lines read_stream(io::ByteStream& input, const UnpackLimits& limits = {}) {
  Unpacker unpacker(input, "input", limits);
  Lines lines;
  if (unpacker.is_tar()) lines.emplace_back("tar");
  while (const auto member = unpacker.next()) lines.push_back(line_of(*member, unpacker));
  CHECK_FALSE(unpacker.next());
  return lines;
}

Lines unpack(const Bytes& bytes, const UnpackLimits& limits = {}) {
  io::MemoryStream input(bytes);
  return read_stream(input, limits);
}

std::string failure(const Bytes& bytes, const UnpackLimits& limits = {}) {
  return error_text([&] { unpack(bytes, limits); });
}

UnpackLimits limits_of(std::uint64_t kernel_bytes, std::size_t members = 1000, std::size_t path_bytes = 1024) {
  UnpackLimits limits;
  limits.kernel_bytes = kernel_bytes;
  limits.members = members;
  limits.path_bytes = path_bytes;
  return limits;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes first(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

// Returns the same random bytes in each call; they hardly compress.
std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string result(size, '\0');
  for (char& c : result) c = static_cast<char>(random() & 0xffU);
  return result;
}

TarForge small_tar() {
  TarForge forge;
  forge.directory("dir/")
      .file("dir/a", "first")
      .symlink("link", "dir/a")
      .hardlink("hard", "dir/a")
      .file("b", noise(700));
  return forge;
}
const Lines small_tar_lines = {"tar", "file dir/a = first", "symlink link -> dir/a", "hardlink hard -> dir/a",
                               "file b = " + noise(700)};

std::size_t magic_bytes(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return 2;
    case Compression::bzip2:
      return 3;
    case Compression::xz:
      return 6;
    case Compression::zstd:
    case Compression::lz4:
      return 4;
  }
  return 0;
}

Bytes by_program(const std::vector<std::string>& command) {
  const TempDir directory;
  CommandOptions options;
  options.stdout_path = directory.file("out");
  REQUIRE(run_command(command, options).status == 0);
  return bytes_of(contents_of(directory.file("out")));
}

}  // namespace

TEST_CASE("unpack: each compression is read, alone or around a tar, with input blocks of any size") {
  const std::string contents = noise(3000) + std::string(5000, 'a');
  const Bytes tar = small_tar().bytes();
  for (const Compression compression : all_compressions) {
    for (const std::size_t piece : {1U, 7U, 512U, 1U << 20U}) {
      CAPTURE(name_of(compression), piece);
      Bytes packed = compressed(contents, compression);
      Pieces raw(packed, piece);
      CHECK(read_stream(raw) == Lines{"file  = " + contents});
      packed = compressed(tar, compression);
      Pieces around_tar(packed, piece);
      CHECK(read_stream(around_tar) == small_tar_lines);
    }
  }
  for (const std::size_t piece : {1U, 7U, 512U, 1U << 20U}) {
    CAPTURE(piece);
    Pieces input(tar, piece);
    CHECK(read_stream(input) == small_tar_lines);
  }
}

TEST_CASE("unpack: compressions may be nested up to four times") {
  for (const Compression outer : all_compressions) {
    for (const Compression inner : all_compressions) {
      CAPTURE(name_of(outer), name_of(inner));
      CHECK(unpack(compressed(compressed("contents", inner), outer)) == Lines{"file  = contents"});
      CHECK(unpack(compressed(compressed(small_tar().bytes(), inner), outer)) == small_tar_lines);
    }
  }
  Bytes bytes = compressed("x", Compression::gzip);
  for (int i = 0; i < 3; ++i) bytes = compressed(bytes, Compression::gzip);
  CHECK(unpack(bytes) == Lines{"file  = x"});
  CHECK(failure(compressed(bytes, Compression::gzip)) == "unsupported: input: compressed more than 4 times");
}

TEST_CASE("unpack: compressed streams one after the other are read as one") {
  for (const Compression compression : all_compressions) {
    CAPTURE(name_of(compression));
    CHECK(unpack(compressed("one, ", compression) + compressed("two", compression)) == Lines{"file  = one, two"});
    const Bytes tar = small_tar().bytes();
    CHECK(unpack(compressed(first(tar, 700), compression) +
                 compressed(Bytes(tar.begin() + 700, tar.end()), compression)) == small_tar_lines);
  }
}

TEST_CASE("unpack: an empty file, compressed or not, is one empty member") {
  CHECK(unpack({}) == Lines{"file  = "});
  for (const Compression compression : all_compressions) {
    CAPTURE(name_of(compression));
    CHECK(unpack(compressed("", compression)) == Lines{"file  = "});
    // libarchive 3.6 stops at an empty lz4 frame. The data after the frame must not be lost silently.
    const Bytes and_more = compressed("", compression) + compressed("x", compression);
    if (compression == Compression::lz4) {
      CHECK(failure(and_more) == "damaged: input: other bytes after the end of the lz4 data");
    } else {
      CHECK(unpack(and_more) == Lines{"file  = x"});
    }
  }
}

TEST_CASE("unpack: data that is neither compressed nor a tar is one unchanged member") {
  for (const std::string& contents : {"text"s, "BZ"s, "BZhello"s, "\x1f"s, std::string(5000, '\0'), noise(100'000)})
    CHECK(unpack(bytes_of(contents)) == Lines{"file  = " + contents});
}

TEST_CASE("unpack: zeros after compressed data are padding, other bytes are an error") {
  for (const Compression compression : all_compressions) {
    CAPTURE(name_of(compression));
    const Bytes packed = compressed("contents", compression);
    const bool knows_padding = compression != Compression::zstd;  // like the zstd program
    for (const std::size_t zeros : {4U, 512U, 100'000U}) {
      if (knows_padding) {
        CHECK(unpack(packed + Bytes(zeros)) == Lines{"file  = contents"});
      } else {
        CHECK(failure(packed + Bytes(zeros)) ==
              "damaged: input: truncated or damaged zstd data (Zstd decompression failed: Unknown frame descriptor)");
      }
    }
    const Bytes garbage = packed + bytes_of("other bytes");
    const Bytes late_garbage = packed + Bytes(100'000) + bytes_of("other bytes");
    const std::string message = "damaged: input: other bytes after the end of the " + name_of(compression) + " data";
    switch (compression) {
      case Compression::xz:
        CHECK(failure(garbage) == "damaged: input: truncated or damaged xz data");
        CHECK(failure(late_garbage) == "damaged: input: truncated or damaged xz data");
        break;
      case Compression::zstd:
        CHECK(failure(garbage) ==
              "damaged: input: truncated or damaged zstd data (Zstd decompression failed: Unknown frame descriptor)");
        break;
      case Compression::gzip:
      case Compression::bzip2:
      case Compression::lz4:
        CHECK(failure(garbage) == message);
        CHECK(failure(late_garbage) == message);
        {
          // libarchive reads ahead, here over several blocks.
          const Bytes long_garbage = compressed(noise(3000), compression) + bytes_of("other bytes");
          Pieces input(long_garbage, 1);
          CHECK(error_text([&] { read_stream(input); }) == message);
        }
        break;
    }
    // A second stream with a damaged magic must not be lost silently.
    Bytes second = packed;
    second[0] ^= 0xffU;
    CHECK(failure(packed + second).starts_with("damaged: "));
  }
}

TEST_CASE("unpack: the output of each compression program is read") {
  const TempDir directory;
  const std::string file = directory.write("a long name of a file", noise(2000) + std::string(2000, 'x'));
  const Lines expected = {"file  = " + contents_of(file)};
  const std::vector<Lines> commands = {
      {"gzip", "-9c", file}, {"xz", "-c", file},   {"xz", "-Ccrc32", "-c", file}, {"zstd", "-qc", file},
      {"bzip2", "-c", file}, {"lz4", "-qc", file}, {"lz4", "-9qcBD", file},       {"xz", "-Csha256", "-c", file}};
  for (const Lines& command : commands) {
    CAPTURE(command);
    CHECK(unpack(by_program(command)) == expected);
  }
}

TEST_CASE("unpack: compressed data truncated at any byte is an error") {
  for (const Compression compression : all_compressions) {
    for (const Bytes& packed : {compressed(small_tar().bytes(), compression), compressed("contents", compression)}) {
      for (std::size_t size = 0; size < packed.size(); ++size) {
        CAPTURE(name_of(compression), packed.size(), size);
        const Bytes cut = first(packed, size);
        if (size < magic_bytes(compression)) {
          CHECK(unpack(cut) == Lines{"file  = " + text(cut)});
        } else {
          const std::string message = failure(cut);
          CHECK(message.starts_with("damaged: input: "));
          CHECK(message.find(": truncated ") != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("unpack: an error about damaged data names the compression") {
  const auto cut = [](Compression compression) {
    const Bytes bytes = compressed(noise(1000), compression);
    return failure(first(bytes, bytes.size() - 1));
  };
  CHECK(cut(Compression::xz) == "damaged: input: truncated or damaged xz data");
  CHECK(cut(Compression::gzip) == "damaged: input: truncated gzip data");
  CHECK(cut(Compression::zstd) == "damaged: input: truncated zstd data");
  CHECK(cut(Compression::bzip2) == "damaged: input: truncated bzip2 data");
  CHECK(cut(Compression::lz4) == "damaged: input: truncated lz4 data");

  const auto changed = [](Compression compression, std::size_t from_end) {
    Bytes bytes = compressed(noise(1000), compression);
    bytes[bytes.size() - from_end] ^= 0x10U;
    return failure(bytes);
  };
  CHECK(changed(Compression::xz, 100) == "damaged: input: truncated or damaged xz data (Corrupted input data)");
  CHECK(changed(Compression::gzip, 1) == "damaged: input: truncated or damaged gzip data (incorrect length check)");
  CHECK(changed(Compression::gzip, 5) == "damaged: input: truncated or damaged gzip data (incorrect data check)");
  CHECK(changed(Compression::bzip2, 100) ==
        "damaged: input: truncated or damaged bzip2 data (bzip decompression failed)");
  CHECK(changed(Compression::lz4, 1) == "damaged: input: truncated or damaged lz4 data (lz4 stream checksum error)");
}

TEST_CASE("unpack: a changed byte in compressed data is an error or makes no difference") {
  const TempDir directory;
  const Bytes tar = small_tar().bytes();
  const std::string file = directory.write("tar", tar);
  struct Packed {
    std::string name;
    std::size_t magic;
    Bytes bytes;
  };
  std::vector<Packed> all = {{"zstd with checksum", 4, by_program({"zstd", "-qc", file})}};
  for (const Compression compression : all_compressions)
    all.push_back({name_of(compression), magic_bytes(compression), compressed(tar, compression)});
  for (const Packed& packed : all) {
    for (std::size_t i = 0; i < packed.bytes.size(); ++i) {
      for (const std::uint8_t change : Bytes{0x01, 0x80, 0xff}) {
        CAPTURE(packed.name, i, static_cast<int>(change));
        Bytes bytes = packed.bytes;
        bytes[i] ^= change;
        Lines lines;
        const std::string error = error_text([&] { lines = unpack(bytes); });
        if (error != "no error") {
          CHECK((error.starts_with("damaged: ") || packed.name == "zstd"));
        } else if (lines != small_tar_lines && packed.name != "zstd") {
          // The magic is damaged, so that the data is read as uncompressed. In bzip2, the magic continues after the
          // level.
          CHECK((i < packed.magic || (packed.name == "bzip2" && i < 10)));
          CHECK(lines == Lines{"file  = " + text(bytes)});
        }
      }
    }
  }
}

TEST_CASE("unpack: an error of the input is thrown unchanged, at any position") {
  std::vector<Bytes> all = {small_tar().bytes(), bytes_of(noise(3000))};
  for (const Compression compression : all_compressions) {
    all.push_back(compressed(small_tar().bytes(), compression));
    all.push_back(compressed(compressed(noise(2000), compression), Compression::gzip));
  }
  for (const Bytes& bytes : all) {
    for (std::size_t at = 0; at <= bytes.size(); at += at + 100 < bytes.size() ? 13 : 1) {
      CAPTURE(bytes.size(), at);
      Pieces input(bytes, 50, at);
      CHECK(error_text([&] { read_stream(input); }) == "io: input: cannot read: it broke");
    }
  }
}

TEST_CASE("unpack: decompressed data may be as long as the limit, but not longer") {
  const std::string contents = noise(5000);
  std::vector<Bytes> all = {bytes_of(contents)};
  for (const Compression compression : all_compressions) all.push_back(compressed(contents, compression));
  for (const Bytes& bytes : all) {
    CAPTURE(bytes.size());
    CHECK(unpack(bytes, limits_of(5000)) == Lines{"file  = " + contents});
    const std::string message = "unsupported: input: over the limit of 4999 bytes decompressed (--max-kernel-size)";
    CHECK(failure(bytes, limits_of(4999)) == message);
    // The limit also applies to a member that is not read.
    const auto pass_over = [&](std::uint64_t limit) {
      io::MemoryStream input(bytes);
      Unpacker unpacker(input, "input", limits_of(limit));
      CHECK(unpacker.next());
      CHECK(unpacker.head().size() == io::file_type_bytes);
      const std::string error = error_text([&] { static_cast<void>(unpacker.next()); });
      CHECK_FALSE(unpacker.next());
      return error;
    };
    CHECK(pass_over(5000) == "no error");
    CHECK(pass_over(4999) == message);
  }
}

TEST_CASE("unpack: a decompression bomb is an error long before its end") {
  const std::size_t size = std::size_t{200} << 20U;
  const UnpackLimits limits = limits_of(1 << 20);
  const auto check = [&](const Bytes& bytes, const std::string& message) {
    Pieces input(bytes, 256);
    CHECK(error_text([&] { read_stream(input, limits); }) == message);
    CHECK(input.given() < bytes.size() / 5);
  };
  const Bytes zeros(size);
  const std::string no_contents = "unsupported: input: more than 1048576 bytes without contents (--max-kernel-size)";
  check(compressed(zeros, Compression::xz),
        "unsupported: input: over the limit of 1048576 bytes decompressed (--max-kernel-size)");
  check(compressed(TarForge().file("a", zeros).bytes(), Compression::gzip),
        "unsupported: input: a: 209715200 bytes decompressed, over the limit of 1048576 (--max-kernel-size)");
  const Bytes listed = compressed(TarForge().file("a", zeros).bytes(), Compression::gzip);
  Pieces skipped(listed, 256);
  CHECK(error_text([&] {
          Unpacker unpacker(skipped, "input", limits);
          while (unpacker.next()) continue;
        }) == "unsupported: input: a: 209715200 bytes decompressed, over the limit of 16777216 (--max-kernel-size)");
  CHECK(skipped.given() < listed.size() / 5);
  check(compressed(TarForge().file("a", "x").unfinished() + zeros, Compression::gzip), no_contents);
  Bytes empty_members;
  const Bytes empty_member = compressed("", Compression::gzip);
  while (empty_members.size() < size / 2)
    empty_members.insert(empty_members.end(), empty_member.begin(), empty_member.end());
  check(compressed(empty_members, Compression::zstd), no_contents);
  check(compressed(compressed("x", Compression::bzip2) + zeros, Compression::gzip), no_contents);
  check(compressed(compressed("x", Compression::xz) + zeros, Compression::gzip), no_contents);
}

TEST_CASE("unpack: several threads can unpack at the same time") {
  const Bytes bytes = compressed(small_tar().bytes(), Compression::xz);
  std::vector<Lines> results(4);
  {
    std::vector<std::jthread> threads;
    for (Lines& result : results)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          io::MemoryStream input(bytes);
          Unpacker unpacker(input, "input", {});
          result = {"tar"};
          while (const auto member = unpacker.next()) result.push_back(line_of(*member, unpacker));
        }
      });
  }
  for (const Lines& result : results) CHECK(result == small_tar_lines);
}

TEST_CASE("unpack: head() returns the first bytes of a file, whether or not read_all() follows") {
  const std::string big = noise(3000);
  const Bytes bytes = TarForge().file("big", big).file("small", "abc").symlink("s", "x").file("last", big).bytes();
  io::MemoryStream input(bytes);
  Unpacker unpacker(input, "input", {});
  CHECK(unpacker.is_tar());
  CHECK(unpacker.head().empty());
  CHECK(unpacker.next()->path == "big");
  CHECK(text(unpacker.head()) == big.substr(0, io::file_type_bytes));
  CHECK(text(unpacker.head()) == big.substr(0, io::file_type_bytes));
  CHECK(text(unpacker.read_all()) == big);
  CHECK(unpacker.read_all().empty());
  CHECK(unpacker.next()->path == "small");
  CHECK(text(unpacker.head()) == "abc");
  CHECK(unpacker.next()->path == "s");
  CHECK(unpacker.head().empty());
  CHECK(unpacker.read_all().empty());
  CHECK(unpacker.next()->path == "last");
  CHECK_FALSE(unpacker.next());
  CHECK(unpacker.head().empty());
}

TEST_CASE("unpack: all formats of GNU tar are read, with names of any length and any bytes") {
  const TempDir directory;
  const std::string long_name = "d/" + std::string(120, 'n') + "/" + std::string(180, 'm');
  std::filesystem::create_directories(directory.path() / "in/e");
  const Lines names = {"plain", "with space", "new\nline", "caf\xc3\xa9", "bytes\xff\x80", "e/deep"};
  for (const std::string& name : names) static_cast<void>(directory.write("in/" + name, "of " + name));
  const auto tar_of = [&](const std::string& format) {
    return by_program({"tar", "-C", directory.file("in"), "--format=" + format, "--sort=name", "-cf", "-", "."});
  };
  const Lines expected = {"tar",
                          "file bytes\xff\x80 = of bytes\xff\x80",
                          "file caf\xc3\xa9 = of caf\xc3\xa9",
                          "file e/deep = of e/deep",
                          "file new\nline = of new\nline",
                          "file plain = of plain",
                          "file with space = of with space"};
  for (const char* format : {"v7", "oldgnu", "gnu", "ustar", "pax"}) {
    CAPTURE(format);
    CHECK(unpack(tar_of(format)) == expected);
  }
  std::filesystem::create_directories(directory.path() / "in/d" / std::string(120, 'n'));
  static_cast<void>(directory.write("in/" + long_name, "long"));
  std::filesystem::create_symlink(long_name, directory.path() / "in/s");
  Lines longer = expected;
  longer.insert(longer.begin() + 3, "file " + long_name + " = long");
  longer.insert(longer.end() - 1, "symlink s -> " + long_name);
  for (const char* format : {"oldgnu", "gnu", "pax"}) {
    CAPTURE(format);
    CHECK(unpack(tar_of(format)) == longer);
  }
}

TEST_CASE("unpack: names in pax headers are bytes, whatever their hdrcharset") {
  for (const std::string& name : {"caf\xc3\xa9"s, "\xff\xfe"s, "new\nline"s, "a b=c"s}) {
    const Lines expected = {"tar", "file " + name + " = x", "symlink l -> " + name, "hardlink h -> " + name};
    TarForge plain;
    plain.pax("path", name).file("?", "x").pax("linkpath", name).symlink("l", "?").pax("linkpath", name);
    CHECK(unpack(plain.hardlink("h", "?").bytes()) == expected);
    const std::string record = "21 hdrcharset=BINARY\n" + std::to_string(name.size() + 9) + " path=" + name + "\n";
    TarForge binary;
    binary.header({"PaxHeader", 'x', record.size(), "", true, ""}).contents(record).file("?", "x");
    CHECK(unpack(binary.bytes()) == Lines{"tar", "file " + name + " = x"});
  }
}

TEST_CASE("unpack: a tar is recognised without a magic, and if its first name begins with the magic of a compression") {
  TarForge old;
  old.header({"v7", '\0', 3, "", false, ""}).contents("abc").header({"d/", '\0', 0, "", false, ""});
  CHECK(unpack(old.bytes()) == Lines{"tar", "file v7 = abc"});
  // Some old tars have a checksum of signed bytes.
  Bytes signed_sum = TarForge().header({"\xe9", '\0', 3, "", false, ""}).contents("abc").bytes();
  const std::string field = text(std::span(signed_sum).subspan(148, 6));
  const std::string lower = [&] {
    std::string digits(6, '0');
    unsigned long sum = std::stoul(field, nullptr, 8) - 256;
    for (std::size_t i = 6; i-- > 0; sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
    return digits;
  }();
  std::ranges::copy(lower, signed_sum.begin() + 148);
  CHECK(unpack(signed_sum) == Lines{"tar", "file \xe9 = abc"});
  for (const std::string& name : {"BZh91AY&SY"s, "\x1f\x8b"s, "\x28\xb5\x2f\xfd"s})
    CHECK(unpack(TarForge().file(name, "x").bytes()) == Lines{"tar", "file " + name + " = x"});
}

TEST_CASE("unpack: paths are cleaned, and paths that lead out of the tree are refused") {
  const std::string longest(1024, 'l');
  TarForge forge;
  forge.file("./a//b", "1").file("c/./d", "2").symlink("./l", "../x").hardlink("h", "./c//d");
  for (const char* name : {"/etc/passwd", "../up", "a/../../b", "a/..", "", ".", "./."}) forge.file(name, "evil");
  forge.file(longest, "3").file(longest + "m", "evil").symlink("/abs", "x").hardlink("..", "x").file("e", "5");
  CHECK(unpack(forge.bytes()) ==
        Lines{"tar", "file a/b = 1", "file c/d = 2", "symlink l -> ../x", "hardlink h -> ./c//d",
              "refused /etc/passwd: an absolute path", "refused ../up: a path with '..'",
              "refused a/../../b: a path with '..'", "refused a/..: a path with '..'", "refused : an empty path",
              "refused .: an empty path", "refused ./.: an empty path", "file " + longest + " = 3",
              "refused " + longest + "m: a path of 1025 bytes, over the limit of 1024 (--max-path)",
              "refused /abs: an absolute path", "refused ..: a path with '..'", "file e = 5"});
}

TEST_CASE("unpack: the contents of a refused member cannot be read") {
  const Bytes bytes = TarForge().file("../evil", "evil").file("good", "good").bytes();
  io::MemoryStream input(bytes);
  Unpacker unpacker(input, "input", {});
  CHECK(unpacker.next()->refusal == "a path with '..'");
  CHECK(unpacker.head().empty());
  CHECK(unpacker.read_all().empty());
  CHECK(unpacker.next()->path == "good");
  CHECK(text(unpacker.read_all()) == "good");
}

TEST_CASE("unpack: a link with a missing target or a target that is too long is refused") {
  const std::string target(1024, 't');
  const Bytes bytes = TarForge()
                          .symlink("s", "")
                          .hardlink("h", "")
                          .symlink("l", target)
                          .symlink("m", target + "t")
                          .file("a", "")
                          .bytes();
  CHECK(unpack(bytes) == Lines{"tar", "refused s: a link without a target", "refused h: a link without a target",
                               "symlink l -> " + target,
                               "refused m: a link target of 1025 bytes, over the limit of 1024 (--max-path)",
                               "file a = "});
}

TEST_CASE("unpack: devices, pipes and directories are skipped, but count as entries") {
  TarForge forge;
  forge.directory("d").header({"c", '3', 0, "", true, ""}).header({"b", '4', 0, "", true, ""});
  forge.header({"f", '6', 0, "", true, ""}).file("a", "x").directory("e");
  CHECK(unpack(forge.bytes(), limits_of(1000, 6)) == Lines{"tar", "file a = x"});
  CHECK(failure(forge.bytes(), limits_of(1000, 5)) ==
        "unsupported: input: more than 5 entries in the tar archive (--max-members)");
}

TEST_CASE("unpack: a member that is read may be as long as the limit, and a member that is not read 16 times as long") {
  const Bytes bytes = TarForge().file("a/a", std::string(5000, 'a')).file("b", "b").bytes();
  const auto last_path = [&](std::uint64_t limit) {
    io::MemoryStream input(bytes);
    Unpacker unpacker(input, "input", limits_of(limit));
    std::string path;
    while (const auto member = unpacker.next()) path = member->path;
    return path;
  };
  const std::string message =
      "unsupported: input: a/a: 5000 bytes decompressed, over the limit of 4999 (--max-kernel-size)";
  CHECK(unpack(bytes, limits_of(5000)).size() == 3);
  CHECK(failure(bytes, limits_of(4999)) == message);
  CHECK(last_path(5000) == "b");
  // A member that is not read may be sixteen times as long.
  CHECK(last_path(4999) == "b");
  CHECK(last_path(313) == "b");
  CHECK(error_text([&] { last_path(312); }) ==
        "unsupported: input: a/a: 5000 bytes decompressed, over the limit of 4992 (--max-kernel-size)");
}

TEST_CASE("unpack: a skipped member of several MiB does not hide the members after it") {
  const std::size_t size = std::size_t{5} << 20U;
  const UnpackLimits limits = limits_of(size / 16);
  const auto paths = [&](const Bytes& bytes, bool heads) {
    Pieces input(bytes, 10'240);
    Unpacker unpacker(input, "input", limits);
    std::string result;
    while (const auto member = unpacker.next()) {
      result += member->path + " ";
      if (heads) CHECK_FALSE(unpacker.head().empty());
    }
    return result;
  };
  const auto tar_of = [](std::size_t bytes) {
    return TarForge().file("big", std::string(bytes, 'x')).file("b", "b").bytes();
  };
  for (const bool heads : {false, true}) {
    CAPTURE(heads);
    CHECK(paths(tar_of(size), heads) == "big b ");
    CHECK(paths(compressed(tar_of(size), Compression::gzip), heads) == "big b ");
    CHECK(error_text([&] { paths(tar_of(size + 1), heads); }) ==
          "unsupported: input: big: 5242881 bytes decompressed, over the limit of 5242880 (--max-kernel-size)");
  }
}

TEST_CASE("unpack: a skipped sparse file may have no more contents than its size allows, whatever its map lists") {
  // The size of the file is 10, and the map lists 50 MiB of contents.
  const std::size_t size = std::size_t{50} << 20U;
  const std::string records = "22 GNU.sparse.size=10\n33 GNU.sparse.map=0,000052428800\n";
  const Bytes bytes = TarForge()
                          .header({"p", 'x', records.size(), "", true, ""})
                          .contents(records)
                          .header({"big", '0', size, "", true, ""})
                          .contents(std::string(size, 'x'))
                          .file("b", "b")
                          .bytes();
  Pieces input(bytes, 10'240);
  Unpacker unpacker(input, "input", limits_of(1 << 20));
  CHECK(unpacker.next()->size == 10);
  CHECK_THAT(error_text([&] { static_cast<void>(unpacker.next()); }),
             Catch::StartsWith("unsupported: input: big: ") &&
                 Catch::EndsWith(" bytes decompressed, over the limit of 16777216 (--max-kernel-size)"));
  CHECK(input.given() < std::size_t{17} << 20U);
}

TEST_CASE("unpack: a wrong size in a tar header is an error") {
  const auto tar = [](const std::string& field) {
    return TarForge().file("ok", "x").header({"n", '0', 0, "", true, field}).contents("abc").bytes();
  };
  CHECK(failure(TarForge().header({"n", '0', std::uint64_t{8} << 30U, "", true, ""}).contents("abc").bytes()) ==
        "unsupported: input: n: 8589934592 bytes decompressed, over the limit of 268435456 (--max-kernel-size)");
  CHECK(failure(TarForge().header({"n", '0', 1 << 27, "", true, ""}).contents("abc").bytes()) ==
        "damaged: input: n: truncated tar archive");
  CHECK(failure(TarForge().header({"../n", '0', std::uint64_t{8} << 30U, "", true, ""}).contents("abc").bytes()) ==
        "unsupported: input: ../n: 8589934592 bytes decompressed, over the limit of 4294967296 (--max-kernel-size)");
  CHECK(failure(tar(std::string(12, '\xff'))) == "damaged: input: damaged tar archive (Tar entry has negative size)");
  CHECK(failure(tar("-0000000001"s)) == "damaged: input: damaged tar archive (Tar entry has negative size)");
  CHECK(failure(tar("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"s)) ==
        "damaged: input: damaged tar archive (Tar entry size overflow)");
  CHECK(failure(TarForge().pax("size", "-5").file("n", "x").bytes()) ==
        "damaged: input: damaged tar archive (Tar size attribute is negative)");
  CHECK(failure(TarForge().header({"././@LongLink", 'L', std::uint64_t{4} << 30U, "", true, ""}).bytes()) ==
        "damaged: input: damaged tar archive (Special header too large)");
}

TEST_CASE("unpack: damage in a tar that libarchive would skip is an error") {
  Bytes second = small_tar().bytes();
  second[512 + 3] ^= 1U;
  CHECK(failure(second) == "damaged: input: damaged tar archive");
  Bytes magic_only = small_tar().bytes();
  magic_only[3] ^= 1U;
  CHECK(failure(magic_only) == "damaged: input: damaged tar archive (Unrecognized archive format)");
  // With the bad pax header ignored, the name would be that of the header after it.
  CHECK(failure(TarForge().header({"p", 'x', 10, "", true, ""}).contents("99 path=a\n").file("wrong", "x").bytes()) ==
        "damaged: input: damaged tar archive (Ignoring malformed pax extended attribute)");
  CHECK(failure(TarForge().file("a", "x").pax("path", "b").bytes()) == "damaged: input: damaged tar archive");
  Bytes garbage = TarForge().file("a", "x").bytes() + Bytes(512, 'g');
  CHECK(failure(garbage) == "damaged: input: damaged tar archive");
}

TEST_CASE("unpack: a tar after a tar is read as well, and zeros after a tar are padding") {
  const Bytes one = TarForge().file("a", "1").bytes();
  CHECK(unpack(one + TarForge().file("b", "2").bytes()) == Lines{"tar", "file a = 1", "file b = 2"});
  CHECK(unpack(one + Bytes(512 * 100)) == Lines{"tar", "file a = 1"});
  CHECK(unpack(TarForge().file("a", "1").unfinished()) == Lines{"tar", "file a = 1"});
}

TEST_CASE("unpack: a truncated tar is an error, except between two entries") {
  const Bytes tar = small_tar().bytes();
  // Ends of the entries, with the number of lines. The end marker may be missing.
  const std::vector<std::pair<std::size_t, std::size_t>> whole = {{512, 1},  {1536, 2}, {2048, 3}, {2560, 4},
                                                                  {4096, 5}, {4608, 5}, {5120, 5}};
  REQUIRE(tar.size() == whole.back().first);
  for (std::size_t size = 0; size <= tar.size(); ++size) {
    CAPTURE(size);
    const auto found = std::ranges::find(whole, size, [](const auto& entry) { return entry.first; });
    if (found != whole.end()) {
      const auto lines = static_cast<std::ptrdiff_t>(found->second);
      CHECK(unpack(first(tar, size)) == Lines(small_tar_lines.begin(), small_tar_lines.begin() + lines));
    } else if (size < 512 && size <= 257 + 5 - 1) {
      CHECK(unpack(first(tar, size)) == Lines{"file  = " + text(first(tar, size))});
    } else if (size > 512) {
      CHECK(failure(first(tar, size)).ends_with("truncated tar archive"));
    }
  }
  CHECK(failure(first(tar, 1030)) == "damaged: input: dir/a: truncated tar archive");
}

TEST_CASE("unpack: an error about damaged compression names the member that was read") {
  const Bytes packed = compressed(TarForge().file("a", "1").file("dir/b", noise(300'000)).bytes(), Compression::xz);
  CHECK(failure(first(packed, packed.size() / 2)) == "damaged: input: dir/b: truncated or damaged xz data");
  const Bytes padded = compressed(TarForge().file("a", "1").bytes() + Bytes(1 << 20), Compression::xz);
  CHECK(failure(first(padded, padded.size() - 1)) == "damaged: input: truncated or damaged xz data");
}

TEST_CASE("unpack: holes of sparse files are read as zeros") {
  const TempDir directory;
  const std::size_t size = 1 << 20;
  std::string contents(size, '\0');
  contents.replace(200'000, 3, "mid");
  std::ofstream(directory.path() / "s").seekp(200'000) << "mid";
  std::ofstream(directory.path() / "hole").close();
  std::filesystem::resize_file(directory.path() / "s", size);
  std::filesystem::resize_file(directory.path() / "hole", 100'000);
  const Lines expected = {"tar", "file s = " + contents, "file hole = " + std::string(100'000, '\0')};
  const std::vector<Lines> formats = {{"--format=gnu"},
                                      {"--format=pax", "--sparse-version=0.0"},
                                      {"--format=pax", "--sparse-version=0.1"},
                                      {"--format=pax", "--sparse-version=1.0"}};
  for (const Lines& format : formats) {
    CAPTURE(format);
    Lines command = {"tar", "-C", directory.path().string(), "-S", "--hole-detection=raw", "-cf", "-"};
    command.insert(command.end(), format.begin(), format.end());
    command.insert(command.end(), {"s", "hole"});
    const Bytes tar = by_program(command);
    CHECK(tar.size() < size / 10);
    CHECK(unpack(tar) == expected);
    CHECK(unpack(tar, limits_of(size)) == expected);
    CHECK(failure(tar, limits_of(size - 1)) ==
          "unsupported: input: s: 1048576 bytes decompressed, over the limit of 1048575 (--max-kernel-size)");
  }
}
