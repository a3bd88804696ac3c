// SPDX-License-Identifier: BSD-2-Clause
#include "io/output_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <iterator>
#include <thread>

#include "io/interrupt.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"
#include "support/os/bind_mount.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using io::OutputFile;
namespace fs = std::filesystem;

namespace {

const std::vector<std::uint8_t> result = {'n', 'e', 'w'};
constexpr auto input = "archive/5.4.0-42-generic.btf";

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("output_file: a new file has the mode that the umask allows") {
  const TempDir directory;
  const mode_t previous = ::umask(027);
  OutputFile(directory.file("out"), input).publish(result);
  ::umask(previous);
  CHECK(contents_of(directory.file("out")) == "new");
  CHECK(mode_of(directory.file("out")) == 0640);
  CHECK(directory.entries() == std::vector<std::string>{"out"});
}

TEST_CASE("output_file: an existing file is replaced and keeps its mode") {
  const TempDir directory;
  const std::string path = directory.write("out", "old and longer");
  REQUIRE(::chmod(path.c_str(), 0604) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY);
  OutputFile(path, input).publish(result);
  CHECK(contents_of(path) == "new");
  CHECK(mode_of(path) == 0604);
  CHECK(directory.entries() == std::vector<std::string>{"out"});

  // A reader that had the file open still reads all of the old file: it was replaced, not overwritten.
  char buffer[32];
  CHECK(::read(reader, buffer, sizeof(buffer)) == 14);
  ::close(reader);
}

TEST_CASE("output_file: a name without a directory and a name of 255 bytes are accepted") {
  const TempDir directory;
  const fs::path here = fs::current_path();
  fs::current_path(directory.path());
  OutputFile("out", input).publish(result);
  fs::current_path(here);
  CHECK(contents_of(directory.file("out")) == "new");

  const std::string longest(255, 'x');
  OutputFile(directory.file(longest), input).publish(result);
  CHECK(contents_of(directory.file(longest)) == "new");
}

TEST_CASE("output_file: a directory as OUTPUT means the file in it that is named like the input") {
  const TempDir directory;
  const std::string expected = directory.file("5.4.0-42-generic.btf");
  SECTION("existing, without a slash") {
    OutputFile(directory.path().string(), input).publish(result);
    CHECK(contents_of(expected) == "new");
  }
  SECTION("existing, with a slash") {
    const OutputFile output(directory.path().string() + "/", input);
    CHECK(output.path() == expected);
    output.publish(result);
    CHECK(contents_of(expected) == "new");
  }
  SECTION("missing, with a slash: created by publish()") {
    const OutputFile output(directory.file("a/b/"), input);
    CHECK(directory.entries().empty());
    output.publish(result);
    CHECK(contents_of(directory.file("a/b/5.4.0-42-generic.btf")) == "new");
  }
  SECTION("missing, with a slash, where a file is in the way") {
    static_cast<void>(directory.write("a", "file"));
    CHECK_THROWS_AS(OutputFile(directory.file("a/b/"), input).publish(result), Error);
    CHECK(contents_of(directory.file("a")) == "file");
  }
  SECTION("existing, with a subdirectory named like the input") {
    fs::create_directory(expected);
    CHECK_THROWS_WITH(OutputFile(directory.path().string(), input), expected + ": cannot write: Is a directory");
  }
}

TEST_CASE("output_file: a symbolic link to the output stays a link") {
  const TempDir directory;
  fs::create_directory(directory.path() / "sub");
  SECTION("to a file") {
    static_cast<void>(directory.write("sub/target", "old"));
    fs::create_symlink("sub/target", directory.path() / "link");
  }
  SECTION("to a link to a file") {
    static_cast<void>(directory.write("sub/target", "old"));
    fs::create_symlink("target", directory.path() / "sub/middle");
    fs::create_symlink("sub/middle", directory.path() / "link");
  }
  SECTION("dangling") { fs::create_symlink("sub/target", directory.path() / "link"); }
  SECTION("an absolute link") { fs::create_symlink(directory.path() / "sub/target", directory.path() / "link"); }
  OutputFile(directory.file("link"), input).publish(result);
  CHECK(fs::is_symlink(directory.path() / "link"));
  CHECK(contents_of(directory.file("sub/target")) == "new");
  CHECK_FALSE(fs::is_symlink(directory.path() / "sub/target"));
  CHECK(directory.entries() == std::vector<std::string>{"link", "sub"});
}

TEST_CASE("output_file: a loop of symbolic links is an error") {
  const TempDir directory;
  fs::create_symlink("b", directory.path() / "a");
  fs::create_symlink("a", directory.path() / "b");
  CHECK_THROWS_WITH(OutputFile(directory.file("a"), input),
                    directory.file("a") + ": cannot follow the link: Too many levels of symbolic links");
}

TEST_CASE("output_file: devices and pipes are written to, not replaced") {
  const TempDir directory;
  OutputFile("/dev/null", input).publish(result);
  CHECK(fs::is_character_file("/dev/null"));

  fs::create_symlink("/dev/null", directory.path() / "null");
  OutputFile(directory.file("null"), input).publish(result);
  CHECK(fs::read_symlink(directory.path() / "null") == "/dev/null");
  CHECK(fs::is_character_file("/dev/null"));

  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = contents_of(fifo); });
  OutputFile(fifo, input).publish(result);
  reader.join();
  CHECK(got == "new");
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("output_file: the name of a descriptor means the open descriptor") {
  const std::string prefix = GENERATE("/dev/fd/", "/proc/self/fd/");
  const TempDir directory;
  const std::string path = directory.write("out", "old and longer");
  const int fd = ::open(path.c_str(), O_WRONLY);
  OutputFile(prefix + std::to_string(fd), input).publish(result);
  CHECK(contents_of(path) == "new");
  // Not replaced: the descriptor and the name still lead to the same file.
  struct stat open_file {};
  struct stat named_file {};
  REQUIRE(::fstat(fd, &open_file) == 0);
  REQUIRE(::stat(path.c_str(), &named_file) == 0);
  CHECK(open_file.st_ino == named_file.st_ino);
  ::close(fd);
}

TEST_CASE("output_file: no file is created in /dev, except in /dev/shm") {
  CHECK_THROWS_WITH(OutputFile("/dev/min-btf-test", input).publish(result),
                    "/dev/min-btf-test: cannot open: No such file or directory");
  CHECK_FALSE(fs::exists("/dev/min-btf-test"));
  if (!fs::is_directory("/dev/shm")) {
    skip_test("no /dev/shm");
    return;
  }
  const std::string path = "/dev/shm/min-btf-test." + std::to_string(::getpid());
  OutputFile(path, input).publish(result);
  CHECK(contents_of(path) == "new");
  fs::remove(path);
}

TEST_CASE("output_file: is_same_file() recognises a file under every name and link") {
  const TempDir directory;
  const std::string path = directory.write("file", "x");
  static_cast<void>(directory.write("other", "x"));
  fs::create_symlink("file", directory.path() / "link");
  fs::create_hard_link(path, directory.path() / "hard");
  for (const char* name : {"file", "link", "hard", "./file"}) {
    CHECK(OutputFile(directory.file(name), input).is_same_file(path));
  }
  CHECK(OutputFile(directory.path().string(), "elsewhere/file").is_same_file(path));
  CHECK_FALSE(OutputFile(directory.file("other"), input).is_same_file(path));
  CHECK_FALSE(OutputFile(directory.file("missing"), input).is_same_file(path));
  CHECK_FALSE(OutputFile(path, input).is_same_file(directory.file("missing")));
  CHECK_FALSE(OutputFile("/dev/null", input).is_same_file("/dev/null"));
}

TEST_CASE("output_file: a place where no file can be created is an error") {
  const TempDir directory;
  CHECK_THROWS_WITH(
      OutputFile(directory.file("missing/out"), input).publish(result),
      directory.file("missing/out") + ": cannot create a temporary file in its directory: No such file or directory");
  // No user can create files in sysfs, not even root.
  CHECK_THROWS_WITH(OutputFile("/sys/kernel/out", input).publish(result),
                    Catch::StartsWith("/sys/kernel/out: cannot create a temporary file in its directory: "));
  CHECK_THROWS_WITH(OutputFile("/dev/full", input).publish(result), "/dev/full: cannot write: No space left on device");
}

TEST_CASE("output_file: a full disk leaves only the old file") {
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  const std::string path = disk.directory().write("out", "old");
  const std::vector<std::uint8_t> large(1U << 20U);
  CHECK_THROWS_WITH(OutputFile(path, input).publish(large), path + ": cannot write: No space left on device");
  CHECK(contents_of(path) == "old");
  CHECK(disk.directory().entries() == std::vector<std::string>{"out"});
}

TEST_CASE("output_file: a write that fails half-way leaves only the old file") {
  const TempDir directory;
  const std::string path = directory.write("out", "old");
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      OutputFile(path, input).publish(std::vector<std::uint8_t>(100000));
    } catch (const Error& error) {
      ::_exit(error.reason() == "cannot write: File too large" ? 7 : 8);
    }
  });
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(contents_of(path) == "old");
  CHECK(directory.entries() == std::vector<std::string>{"out"});
}

TEST_CASE("output_file: a mounted file, which cannot be replaced, is written in place") {
  const TempDir directory;
  const std::string old = GENERATE(as<std::string>(), "old and longer", "", "o");
  const std::string file = directory.write("file", old);
  fs::create_directory(directory.path() / "sub");
  const std::string path = directory.write("sub/out", "hidden");
  {
    const BindMount mount(file, path);
    if (!mount.is_mounted()) {
      skip_test("a file cannot be mounted");
      return;
    }
    CHECK(OutputFile(path, input).publish(result) == OutputFile::Publication::overwritten);
    CHECK(contents_of(path) == "new");
    CHECK(contents_of(file) == "new");
  }
  CHECK(contents_of(path) == "hidden");
  CHECK(fs::is_regular_file(path));
  CHECK(std::distance(fs::directory_iterator(directory.path() / "sub"), fs::directory_iterator()) == 1);
  CHECK(OutputFile(path, input).publish(result) == OutputFile::Publication::replaced);
}

TEST_CASE("output_file: a writable file in a read-only directory is written in place") {
  const TempDir directory;
  fs::permissions(directory.path(), fs::perms(0755));
  fs::create_directory(directory.path() / "d");
  const std::string writable = directory.write("d/writable", "old and longer");
  const std::string other = directory.write("d/other", "old");
  fs::permissions(writable, fs::perms(0666));
  fs::permissions(other, fs::perms(0444));
  fs::permissions(directory.path() / "d", fs::perms(0555));
  const int status = in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(98);
    if (OutputFile(writable, input).publish(result) != OutputFile::Publication::overwritten) ::_exit(1);
    for (const std::string& path : {other, directory.file("d/missing")}) {
      try {
        OutputFile(path, input).publish(result);
        ::_exit(2);
      } catch (const Error& error) {
        if (error.reason() != "cannot create a temporary file in its directory: Permission denied") ::_exit(3);
      }
    }
  });
  fs::permissions(directory.path() / "d", fs::perms(0755));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(contents_of(writable) == "new");
  CHECK(contents_of(other) == "old");
}

TEST_CASE("output_file: a file is not overwritten if there is no space for the result") {
  const TempDir directory;
  const SmallDisk disk;
  const std::string path = directory.write("out", "");
  const BindMount mount(disk.directory().write("file", "old"), path);
  if (!disk.is_mounted() || !mount.is_mounted()) {
    skip_test("a tmpfs or a file cannot be mounted");
    return;
  }
  SECTION("the disk is full") {
    const std::vector<std::uint8_t> large(1U << 20U);
    CHECK_THROWS_WITH(OutputFile(path, input).publish(large), path + ": cannot write: No space left on device");
  }
  SECTION("the result is over a limit of file size") {
    const int status = in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1000, 1000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      // The temporary file beside the output is created, and its write already exceeds the limit.
      try {
        OutputFile(path, input).publish(std::vector<std::uint8_t>(100000));
      } catch (const Error& error) {
        ::_exit(error.reason() == "cannot write: File too large" ? 7 : 8);
      }
    });
    CHECK(WEXITSTATUS(status) == 7);
  }
  CHECK(contents_of(path) == "old");
}

TEST_CASE("output_file: two runs that write in place write one after the other") {
  const TempDir directory;
  const std::string file = directory.write("file", "old");
  const std::string path = directory.write("out", "");
  const BindMount mount(file, path);
  if (!mount.is_mounted()) {
    skip_test("a file cannot be mounted");
    return;
  }
  const int other = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
  std::string before;
  OutputFile(path, input).publish(result, [&] {
    before = contents_of(path);
    ::close(other);
  });
  CHECK(before == "old");
  CHECK(contents_of(path) == "new");
}

TEST_CASE("output_file: the temporary file has a recognisable name beside its destination") {
  const TempDir directory;
  {
    io::TemporaryFile file(directory.path() / "out");
    file.write(result);
    REQUIRE(directory.entries().size() == 1);
    CHECK_THAT(directory.entries()[0], Catch::StartsWith(".out.min-btf.") && Catch::EndsWith(".tmp"));
  }
  CHECK(directory.entries().empty());
}

TEST_CASE("output_file: a signal during a write removes the temporary file") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  const TempDir directory;
  static_cast<void>(directory.write("out", "old"));
  const int status = in_child([&] {
    io::handle_interrupts();
    io::TemporaryFile file(directory.path() / "out");
    file.write(result);
    if (directory.entries().size() != 2) ::_exit(98);
    ::raise(signal);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == io::interrupted_status);
  CHECK(contents_of(directory.file("out")) == "old");
  CHECK(directory.entries() == std::vector<std::string>{"out"});
}

TEST_CASE("output_file: a signal after the write leaves the result") {
  const TempDir directory;
  const int status = in_child([&] {
    io::handle_interrupts();
    OutputFile(directory.file("out"), input).publish(result);
    ::raise(SIGTERM);
  });
  CHECK(WEXITSTATUS(status) == io::interrupted_status);
  CHECK(contents_of(directory.file("out")) == "new");
  CHECK(directory.entries() == std::vector<std::string>{"out"});
}

TEST_CASE("output_file: a signal that was ignored at the start stays ignored") {
  const int status = in_child([] {
    std::signal(SIGINT, SIG_IGN);
    io::handle_interrupts();
    ::raise(SIGINT);
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
