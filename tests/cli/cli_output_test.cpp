// SPDX-License-Identifier: BSD-2-Clause
// The destinations of results, and the state of OUTPUT after a run that fails or is interrupted.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/os/bind_mount.hpp"
#include "support/os/open_files.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
namespace fs = std::filesystem;

TEST_CASE("cli_output: an error is one line, whatever characters a file name has") {
  const Workplace place;
  const std::string odd = place.directory.write("a\nb\x1b[31m\xff", "text");
  const CommandResult result = run_min_btf({"gen", odd, place.output, place.basic});
  CHECK(result.status == 1);
  CHECK(count_of(result.err, "\n") == 1);
  CHECK_THAT(result.err, Contains("a\\x0ab\\x1b[31m\\xff: ") && EndsWith("but a text file\n"));
}

TEST_CASE("cli_output: an error for damaged input names the place, and nothing is written") {
  const Workplace place;
  const std::string kernel = contents_of(place.kernel);
  const std::string object = contents_of(place.basic);
  for (const std::size_t size : {std::size_t{2}, std::size_t{23}, kernel.size() / 2, kernel.size() - 1}) {
    const std::string cut = place.directory.write("cut", std::string_view(kernel).substr(0, size));
    const CommandResult result = run_min_btf({"gen", cut, place.output, place.basic});
    CAPTURE(size, result.err);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + cut + ": "));
    CHECK(count_of(result.err, "\n") == 1);
  }
  const std::string cut = place.directory.write("cut.o", std::string_view(object).substr(0, 100));
  CHECK(run_min_btf({"gen", place.kernel, place.output, cut}).status == 1);
  CHECK_FALSE(fs::exists(place.output));
}

TEST_CASE("cli_output: for a tar of many kernels, OUTPUT must be a directory") {
  const Workplace place;
  const std::string kernel = contents_of(place.kernel);
  const std::string tar =
      place.directory.write("many.tar", TarForge().file("a.btf", kernel).file("b.btf", kernel).bytes());
  const std::string before = contents_of(tar);
  const std::string object = place.directory.file("a.o");
  fs::copy(place.basic, object);
  const std::string vmlinux = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  check_usage_error({"gen", tar, tar, place.basic}, " is INPUT ");
  for (const std::string& output : {object, vmlinux}) {
    check_usage_error({"gen", tar, output, object},
                      "OUTPUT " + output + " is not a directory, and INPUT " + tar + " is a directory or an archive");
  }
  CHECK(run_min_btf({"gen", tar, "/dev/stdout", place.basic, "--json"}).status == 2);
  CHECK(contents_of(tar) == before);
  CHECK(contents_of(object) == contents_of(place.basic));
}

TEST_CASE("cli_output: OUTPUT may be INPUT, which is read completely and then replaced") {
  const Workplace place;
  const std::string before = contents_of(place.kernel);
  const std::string expected = reduced({place.basic});
  SECTION("by its own name") {
    CHECK(run_min_btf({"gen", place.kernel, place.kernel, place.basic}).status == 0);
    CHECK(contents_of(place.kernel) == expected);
  }
  SECTION("compressed") {
    const std::string packed = place.directory.write("packed", compressed(before, Compression::gzip));
    CHECK(run_min_btf({"gen", packed, packed, place.basic}).status == 0);
    CHECK(contents_of(packed) == expected);
  }
  SECTION("through a symbolic link, which stays") {
    fs::create_symlink(place.kernel, place.directory.path() / "link");
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("link"), place.basic}).status == 0);
    CHECK(fs::is_symlink(place.directory.path() / "link"));
    CHECK(contents_of(place.kernel) == expected);
  }
  SECTION("by a hard link: INPUT keeps its contents under its own name") {
    fs::create_hard_link(place.kernel, place.directory.path() / "hard");
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("hard"), place.basic}).status == 0);
    CHECK(contents_of(place.directory.file("hard")) == expected);
    CHECK(contents_of(place.kernel) == before);
  }
  SECTION("not changed if the run fails") {
    CHECK(run_min_btf({"gen", place.kernel, place.kernel, place.kernel}).status != 0);
    static_cast<void>(place.directory.write("cut", std::string_view(before).substr(0, before.size() / 2)));
    const std::string cut = place.directory.file("cut");
    CHECK(run_min_btf({"gen", cut, cut, place.basic}).status == 1);
    CHECK(contents_of(cut) == before.substr(0, before.size() / 2));
    CHECK(contents_of(place.kernel) == before);
  }
}

TEST_CASE("cli_output: OUTPUT may not be INPUT if a directory was named, or if INPUT is an ELF file") {
  const Workplace place;
  const std::string before = contents_of(place.kernel);
  check_usage_error({"gen", place.kernel, place.directory.path().string(), place.basic},
                    " is INPUT " + place.kernel + "; to replace it, name that file");
  const std::string vmlinux = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  const std::string elf = contents_of(vmlinux);
  check_usage_error({"gen", vmlinux, vmlinux, place.basic}, " is an ELF file");
  CHECK(contents_of(vmlinux) == elf);
  CHECK(contents_of(place.kernel) == before);
}

TEST_CASE("cli_output: OUTPUT may not be an object, and standard output may not be INPUT") {
  const Workplace place;
  const std::string before = contents_of(place.kernel);
  fs::create_directory(place.directory.path() / "objects");
  const std::string object = place.directory.file("objects/a.o");
  fs::copy(place.basic, object);
  check_usage_error({"gen", place.kernel, object, place.basic, object}, " is OBJECT ");
  check_usage_error({"gen", place.kernel, object, place.directory.file("objects")}, " is OBJECT ");
  CHECK(contents_of(place.kernel) == before);
  CHECK(contents_of(object) == contents_of(place.basic));

  // Through standard output as well. The shell has then opened the file, but nothing is written to it.
  const CommandOptions to_link{.in_child = [&] { ::dup2(::open(place.kernel.c_str(), O_RDWR), STDOUT_FILENO); }};
  CHECK(run_min_btf({"gen", place.kernel, "/dev/stdout", place.basic}, to_link).status == 2);
  CHECK(contents_of(place.kernel) == before);
}

TEST_CASE("cli_output: the name of an archive or compressed file in a form that is not written is refused") {
  const Workplace place;
  for (const char* name : {"x.bz2", "x.btf.lz4", "x.tar.bz2", "x.tbz2", "x.zip", "x.7z", "x.BTF.TAR.XZ", "x.XZ"}) {
    const std::string output = place.directory.file(name);
    const std::string message = "OUTPUT " + output +
                                ": the name is that of an archive or compressed file in a form that is not written; "
                                "these are written: tar, tar.gz, tar.xz and tar.zst, bundle, bundle.gz, bundle.xz and "
                                "bundle.zst, and for one kernel btf.gz, btf.xz "
                                "and btf.zst";
    check_usage_error({"gen", place.kernel, output, place.basic}, message);
    // The same if the file exists.
    static_cast<void>(place.directory.write(name, "old"));
    check_usage_error({"gen", place.kernel, output, place.basic}, message);
    check_usage_error({"gen", "--format=btf.xz", place.kernel, output, place.basic}, message);
    CHECK(contents_of(output) == "old");
    fs::remove(output);
  }
  SECTION("through a link with another name") {
    fs::create_symlink("x.btf.xz", place.output);
    check_usage_error({"gen", place.kernel, place.output, place.basic},
                      place.directory.file("x.btf.xz") + ": the name is that of btf.xz, but raw BTF is written");
    const std::string link = place.directory.file("y.btf.gz");
    fs::create_symlink("x.btf.xz", link);
    check_usage_error({"gen", place.kernel, link, place.basic},
                      place.directory.file("x.btf.xz") + ": the name is that of btf.xz, but btf.gz is written");
  }
  SECTION("a directory with this name is allowed") {
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("x.tar.gz/"), place.basic}).status == 0);
    CHECK(contents_of(place.directory.file("x.tar.gz/kernel.btf")) == reduced({place.basic}));
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("x.tar.gz"), place.basic}).status == 0);
  }
  SECTION("a pipe with such a name is allowed, and gets raw BTF") {
    const std::string fifo = place.directory.file("x.bz2");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::string got;
    std::thread reader([&] { got = contents_of(fifo); });
    CHECK(run_min_btf({"gen", place.kernel, fifo, place.basic}).status == 0);
    reader.join();
    CHECK(got == reduced({place.basic}));
  }
  SECTION("a compressed INPUT: the file in a directory has the name without the suffix") {
    const std::string packed =
        place.directory.write("k.btf.xz", compressed(contents_of(place.kernel), Compression::xz));
    fs::create_directory(place.directory.path() / "d");
    CHECK(run_min_btf({"gen", packed, place.directory.file("d"), place.basic}).status == 0);
    CHECK(contents_of(place.directory.file("d/k.btf")) == reduced({place.basic}));
  }
}

TEST_CASE("cli_output: OUTPUT may be a directory, a link, a pipe or a device") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  SECTION("a directory") {
    fs::create_directory(place.directory.path() / "d");
    const CommandResult result = run_min_btf({"gen", "--json", place.kernel, place.directory.file("d"), place.basic});
    CHECK(document_of(result).at("output").at("path") == place.directory.file("d/kernel.btf"));
    CHECK(contents_of(place.directory.file("d/kernel.btf")) == expected);
    // The summary has the path of the file in the directory.
    CHECK_THAT(run_min_btf({"gen", place.kernel, place.directory.file("d"), place.basic}).out,
               StartsWith(place.kernel + " -> " + place.directory.file("d/kernel.btf") + ": "));
  }
  SECTION("a directory that does not exist yet") {
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("x/y/"), place.basic}).status == 0);
    CHECK(contents_of(place.directory.file("x/y/kernel.btf")) == expected);
  }
  SECTION("a link") {
    fs::create_symlink("target", place.output);
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
    CHECK(fs::read_symlink(place.output) == "target");
    CHECK(contents_of(place.directory.file("target")) == expected);
  }
  SECTION("/dev/stdout into a pipe") {
    const CommandResult result = run_min_btf({"gen", place.kernel, "/dev/stdout", place.basic});
    CHECK(result.status == 0);
    CHECK(result.out == expected);
    CHECK_THAT(result.err, StartsWith(place.kernel + ": ") && Contains("4 types"));
  }
  SECTION("/dev/stdout into a file, or that file by its name") {
    for (const std::string& output : {std::string("/dev/stdout"), std::string("/dev/fd/1"), place.output}) {
      const CommandOptions to_file{.stdout_path = place.output};
      const CommandResult result = run_min_btf({"gen", "-v", place.kernel, output, place.basic}, to_file);
      CHECK(result.status == 0);
      CHECK(place.published() == expected);
      CHECK(count_of(result.err, "\n") == 7);
    }
    CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(place.output.c_str(), 0600) == 0);
    std::string got;
    std::thread reader([&] { got = contents_of(place.output); });
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
    reader.join();
    CHECK(got == expected);
    CHECK(fs::is_fifo(place.output));
  }
  SECTION("/dev/null") {
    CHECK(run_min_btf({"gen", place.kernel, "/dev/null", place.basic}).status == 0);
    CHECK(fs::is_character_file("/dev/null"));
    // Also if standard output is /dev/null: --json is still accepted.
    const CommandOptions to_null{.stdout_path = "/dev/null"};
    CHECK(run_min_btf({"gen", "--json", place.kernel, "/dev/null", place.basic}, to_null).status == 0);
  }
}

TEST_CASE("cli_output: a file mounted into a container is written in place") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  const std::string file = place.directory.write("file", contents_of(place.kernel));
  static_cast<void>(place.directory.write("out.btf", ""));
  const BindMount mount(file, place.output);
  if (!mount.is_mounted()) {
    skip_test("a file cannot be mounted");
    return;
  }
  const std::vector<std::string> entries = place.directory.entries();
  SECTION("the summary reports it") {
    const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic});
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, EndsWith("; written in place\n"));
  }
  SECTION("the document reports it") {
    const CommandResult result = run_min_btf({"gen", "--json", place.kernel, place.output, place.basic});
    CHECK(document_of(result).at("output").at("in_place") == true);
  }
  SECTION("if it is INPUT") { CHECK(run_min_btf({"gen", "-q", place.output, place.output, place.basic}).status == 0); }
  SECTION("after another run that writes to it") {
    const int other = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
    const CommandOptions released{.while_running = [&](pid_t child) {
      CHECK(wait_until_it_waits_for(child, place.output));
      CHECK(place.published() == contents_of(place.kernel));
      ::close(other);
    }};
    const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, released);
    CHECK(result.status == 0);
    CHECK(result.err == "min-btf: note: " + place.output + ": another run is writing there; this one waits for it\n");
  }
  SECTION("unchanged if the run is interrupted while it waits, and the message states that nothing was written") {
    const int other = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
    const CommandOptions interrupted{.while_running = [&](pid_t child) {
      CHECK(wait_until_it_waits_for(child, place.output));
      ::kill(child, SIGINT);
    }};
    const CommandResult result = run_min_btf({"gen", "--json", place.kernel, place.output, place.basic}, interrupted);
    ::close(other);
    CHECK(result.status == 130);
    CHECK_THAT(result.err, EndsWith("min-btf: interrupted; nothing was written\n"));
    CHECK(document_of(result).at("written") == "nothing was written");
    CHECK(place.published() == contents_of(place.kernel));
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  }
  SECTION("old or new if the run is interrupted at any moment") {
    for (int delay = 0; delay < 40; ++delay) {
      static_cast<void>(place.directory.write("file", "old"));
      const CommandOptions options{.while_running = [&](pid_t child) {
        std::this_thread::sleep_for(std::chrono::microseconds(delay * 500));
        ::kill(child, SIGTERM);
      }};
      const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, options);
      CAPTURE(delay, result.status, result.signal, result.err);
      CHECK((result.status == 0 || result.status == 130 || result.signal == SIGTERM));
      CHECK((place.published() == expected || (place.published() == "old" && result.status != 0)));
      CHECK(place.directory.entries() == entries);
    }
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  }
  CHECK(place.published() == expected);
  CHECK(contents_of(file) == expected);
  CHECK(place.directory.entries() == entries);
}

TEST_CASE("cli_output: if two runs write one file, the file is the result of one of them") {
  const Workplace place;
  const std::string basic = reduced({place.basic});
  const std::string ambiguous = reduced({place.ambiguous});
  REQUIRE(basic != ambiguous);
  for (int i = 0; i < 20; ++i) {
    CommandResult other;
    std::thread thread([&] { other = run_min_btf({"gen", place.kernel, place.output, place.ambiguous}); });
    const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic});
    thread.join();
    CHECK(result.status == 0);
    CHECK(other.status == 0);
    const std::string published = place.published();
    CHECK((published == basic || published == ambiguous));
    CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
  }
}

TEST_CASE("cli_output: INPUT may be /dev/stdin") {
  const Workplace place;
  const CommandOptions from_file{.stdin_path = place.kernel};
  CHECK(run_min_btf({"gen", "/dev/stdin", place.output, place.basic}, from_file).status == 0);
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("cli_output: an OUTPUT that cannot be written is a one-line error that names it") {
  const Workplace place;
  for (const std::string& output : {place.directory.file("missing/out"), std::string("/sys/kernel/out"),
                                    std::string("/proc/out"), std::string("/dev/full")}) {
    const CommandResult result = run_min_btf({"gen", place.kernel, output, place.basic});
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + output + ": cannot "));
    CHECK(count_of(result.err, "\n") == 1);
  }
}

TEST_CASE("cli_output: on a full disk the old output stays") {
  const Workplace place;
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  const std::string output = disk.directory().write("out", "old");
  // Fill the disk up to the last block.
  try {
    static_cast<void>(disk.directory().write("filler", std::string(1U << 20U, 'x')));
  } catch (const std::runtime_error&) {  // as intended
  }
  const CommandResult result = run_min_btf({"gen", place.kernel, output, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("No space left on device"));
  CHECK(contents_of(output) == "old");
  CHECK(disk.directory().entries() == std::vector<std::string>{"filler", "out"});
}

TEST_CASE("cli_output: under a file size limit the old output stays") {
  const Workplace place;
  static_cast<void>(place.directory.write("out.btf", "old"));
  const CommandOptions limited{.in_child = [] {
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }};
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, limited);
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: " + place.output + ": cannot write: File too large\n");
  CHECK(place.published() == "old");
  CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
}

TEST_CASE("cli_output: a standard output that cannot be written is an error") {
  const Workplace place;
  const std::vector<std::vector<std::string>> commands = {
      {"gen", place.kernel, place.output, place.basic},
      {"gen", "--json", place.kernel, place.output, place.basic},
      {"gen", place.kernel, "/dev/stdout", place.basic},
      {"help"},
      {"--version"},
  };
  for (const auto& arguments : commands) {
    CAPTURE(arguments);
    const CommandResult full = run_min_btf(arguments, {.stdout_path = "/dev/full"});
    CHECK(full.status == 1);
    CHECK_THAT(full.err, EndsWith("standard output: cannot write: No space left on device\n"));
    const CommandResult closed = run_min_btf(arguments, {.stdout_closed = true});
    CHECK(closed.status == 1);
    CHECK_THAT(closed.err, EndsWith("standard output: cannot write: Bad file descriptor\n"));
    const CommandOptions nobody_reads{.in_child = [] {
      int ends[2];
      if (::pipe(ends) != 0) ::_exit(126);
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
    }};
    const CommandResult broken = run_min_btf(arguments, nobody_reads);
    if (arguments.size() > 2 && arguments[2] == "/dev/stdout") {
      CHECK(broken.status == 1);
      CHECK_THAT(broken.err, EndsWith("standard output: cannot write: Broken pipe\n"));
    } else {
      // The reader of a report may close the pipe early.
      CHECK(broken.signal == SIGPIPE);
      CHECK(broken.err.empty());
    }
  }
}

TEST_CASE("cli_output: an interrupted run exits with 130 and reports it in JSON") {
  const Workplace place;
  static_cast<void>(place.directory.write("out.btf", "old"));
  const std::string fifo = place.directory.file("never");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    // The run waits for a kernel from a pipe that nobody writes to. The signal is sent once the run has opened the
    // pipe.
    const CommandOptions interrupted{.while_running = [&](pid_t child) {
      const int fd = ::open(fifo.c_str(), O_WRONLY);
      ::kill(child, signal);
      // The pipe stays open until the run has ended. Otherwise the run would read an empty file.
      std::thread([fd] {
        std::this_thread::sleep_for(std::chrono::seconds(5));
        ::close(fd);
      }).detach();
    }};
    const CommandResult result = run_min_btf({"gen", "--json", fifo, place.output, place.basic}, interrupted);
    CHECK(result.status == 130);
    CHECK(document_of(result).at("status") == "interrupted");
    CHECK(result.err == "min-btf: interrupted; nothing was written\n");
    CHECK(place.published() == "old");
    for (const char* quiet : {"-q", "-qj1", "--quiet"}) {
      const CommandResult silent = run_min_btf({"gen", quiet, fifo, place.output, place.basic}, interrupted);
      CHECK(silent.status == 130);
      CHECK(silent.err.empty());
    }
  }
}

TEST_CASE(
    "cli_output: a run that is interrupted while it waits for a reader of OUTPUT reports that OUTPUT may be "
    "incomplete") {
  const Workplace place;
  const std::string fifo = place.directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  // Long enough for the run to be done with everything but the pipe, also on a loaded machine.
  const auto delay = std::chrono::milliseconds(500) + 10 * time_of({"gen", place.kernel, place.output, place.basic});
  const CommandOptions interrupted{.while_running = [&](pid_t child) {
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGINT);
  }};
  const CommandResult result = run_min_btf({"gen", place.kernel, fifo, place.basic}, interrupted);
  CHECK(result.status == 130);
  CHECK(result.err == "min-btf: interrupted; OUTPUT may be incomplete\n");
}

TEST_CASE("cli_output: after an interruption at any moment, OUTPUT is old or new, and no other file is left") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  std::size_t interrupted = 0;
  for (int delay = 0; delay < 40; ++delay) {
    static_cast<void>(place.directory.write("out.btf", "old"));
    const CommandOptions options{.while_running = [&](pid_t child) {
      std::this_thread::sleep_for(std::chrono::microseconds(delay * 500));
      ::kill(child, SIGTERM);
    }};
    const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, options);
    CAPTURE(delay, result.status, result.signal, result.err);
    // Before main() a signal has its default effect.
    CHECK((result.status == 0 || result.status == 130 || result.signal == SIGTERM));
    if (result.status == 130 || result.signal == SIGTERM) ++interrupted;
    const std::string published = place.published();
    if (published == expected) CHECK_THAT(result.err, !Contains("nothing was written"));
    if (published == "old") CHECK_THAT(result.err, !Contains("is written"));
    if (result.status == 130) CHECK_THAT(result.err, StartsWith("min-btf: interrupted"));
    CHECK((published == "old" || published == expected));
    CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
  }
  CHECK(interrupted > 0);
}

TEST_CASE("cli_output: running out of memory is an error of one line") {
  if (with_address_sanitizer) {
    skip_test("under AddressSanitizer the address space cannot be limited");
    return;
  }
  const Workplace place;
  const std::string large = place.directory.file("large.btf");
  static_cast<void>(place.directory.write("large.btf", "\x9f\xeb"));
  fs::resize_file(large, std::uintmax_t{1} << 30U);
  const CommandOptions limited{.in_child = [] {
    const rlimit limit{200U << 20U, 200U << 20U};
    ::setrlimit(RLIMIT_AS, &limit);
  }};
  const CommandResult result = run_min_btf({"gen", "--json", large, place.output, place.basic}, limited);
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: out of memory\n");
  CHECK(document_of(result).at("error").at("kind") == "memory");
}
