// SPDX-License-Identifier: BSD-2-Clause
#include "io/spool.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using io::InputFile;

namespace {

/// A pipe that a thread fills with `bytes`.
class FilledPipe {
 public:
  explicit FilledPipe(const std::string& bytes) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    read_ = ends[0];
    writer_ = std::thread([bytes, fd = io::FileDescriptor(ends[1])] {
      std::string_view rest = bytes;
      while (!rest.empty()) {
        const ssize_t written = ::write(fd.get(), rest.data(), rest.size());
        if (written <= 0) return;  // the reading end is closed
        rest.remove_prefix(static_cast<std::size_t>(written));
      }
    });
  }
  FilledPipe(const FilledPipe&) = delete;
  FilledPipe& operator=(const FilledPipe&) = delete;
  ~FilledPipe() { writer_.join(); }

  [[nodiscard]] InputFile file() const { return {io::FileDescriptor(read_), "pipe"}; }

 private:
  int read_ = -1;
  std::thread writer_;
};

std::string pattern(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += std::to_string(text.size()) + ",";
  text.resize(bytes);
  return text;
}

/// Sets TMPDIR for its lifetime.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const std::string& directory) { ::setenv("TMPDIR", directory.c_str(), 1); }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;
  ~TemporaryPlace() { ::unsetenv("TMPDIR"); }
};

std::string all_of(InputFile& file) {
  const std::vector<std::uint8_t> bytes = file.read_all();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("spool: a pipe becomes a regular file in memory or on disk and leaves no file behind") {
  const std::size_t bytes = GENERATE(std::size_t{0}, std::size_t{10}, io::file_type_bytes, std::size_t{300'000});
  const std::size_t memory = GENERATE(std::size_t{1} << 20U, std::size_t{4096}, std::size_t{0});
  const std::string text = pattern(bytes);
  const TempDir directory;
  const TemporaryPlace place(directory.path().string());
  const FilledPipe pipe(text);
  const InputFile read_once = pipe.file();
  CHECK_FALSE(read_once.is_regular());
  InputFile file = io::spooled(read_once, {.memory = memory});
  CHECK(file.is_regular());
  CHECK(file.size() == bytes);
  CHECK(file.name() == "pipe");
  CHECK(all_of(file) == text);
  file.rewind();
  std::string again(bytes, '\0');
  CHECK(::read(file.descriptor(), again.data(), bytes) == static_cast<ssize_t>(bytes));
  CHECK(again == text);
  CHECK(directory.entries().empty());
}

TEST_CASE("spool: an input over the limit or a full disk is an error that names a remedy") {
  std::signal(SIGPIPE, SIG_IGN);
  const FilledPipe pipe(pattern(300'000));
  const InputFile read_once = pipe.file();
  SECTION("the limit") {
    CHECK(error_text([&] { static_cast<void>(io::spooled(read_once, {.bytes = 200'000})); }) ==
          "unsupported: pipe: over 200000 bytes from a pipe; read it from a file");
  }
  SECTION("no such directory") {
    const TemporaryPlace place("/nonexistent");
    CHECK(error_text([&] { static_cast<void>(io::spooled(read_once, {.memory = 1000})); }) ==
          "io: pipe: cannot be kept in /nonexistent (TMPDIR): No such file or directory");
  }
  SECTION("a full disk") {
    const SmallDisk disk;
    if (!disk.is_mounted()) {
      skip_test("a tmpfs cannot be mounted");
      return;
    }
    const TemporaryPlace place(disk.directory().path().string());
    CHECK(error_text([&] { static_cast<void>(io::spooled(read_once, {.memory = 1000})); }) ==
          "io: pipe: cannot be kept in " + disk.directory().path().string() +
              " (TMPDIR): cannot write: No space left on device");
    CHECK(disk.directory().entries().empty());
  }
}
