// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of `gen` as a package: its old contents stay if a run fails, is interrupted or has no room.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/cli_case.hpp"
#include "support/os/bind_mount.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
namespace fs = std::filesystem;

namespace {

/// 96 kernels, and an old archive of other contents.
struct OldArchive : TreePlace {
  OldArchive() {
    put_kernels(in);
    REQUIRE(run_min_btf({"gen", "-q", in, fresh, basic}).status == 0);
    expected = contents_of(fresh);
    renew();
  }

  void renew() const { static_cast<void>(directory.write("old.tar.xz", "old")); }

  [[nodiscard]] Words command() const { return {"gen", in.string(), output, basic}; }

  std::string fresh = directory.file("fresh.tar.xz");
  std::string output = directory.file("old.tar.xz");
  std::string expected;
};

}  // namespace

TEST_CASE("cli_package_safety: after an interruption at any moment the archive is old or new") {
  const OldArchive place;
  const auto duration = time_of(place.command());
  std::size_t interrupted = 0;
  constexpr int moments = 40;
  for (int moment = 0; moment < moments; ++moment) {
    place.renew();
    const int signal = moment % 4 == 3 ? SIGKILL : SIGTERM;
    const CommandResult result = run_and_signal(place.command(), duration * moment / moments, signal);
    CAPTURE(moment, result.status, result.signal, result.err);
    CHECK((result.status == 0 || result.status == 130 || result.signal == signal));
    if (result.status != 0) ++interrupted;
    const std::string published = contents_of(place.output);
    CHECK((published == "old" || published == place.expected));
    if (published == place.expected) CHECK_THAT(result.err, !Contains("nothing was written"));
    if (published == "old") CHECK_THAT(result.err, !Contains("is written"));
    // Only a killed run leaves an unfinished file.
    if (signal != SIGKILL) CHECK(unfinished(place.directory.path()).empty());
    for (const std::string& file : unfinished(place.directory.path())) fs::remove(place.directory.path() / file);
  }
  CHECK(interrupted > 0);
}

TEST_CASE("cli_package_safety: a run that waits for the reader of a pipe reports that the archive may be incomplete") {
  const OldArchive place;
  const std::string fifo = place.directory.file("fifo.tar");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  // Long enough for the run to be done with everything but the pipe, also on a loaded machine.
  const auto delay = std::chrono::milliseconds(500) + 10 * time_of(place.command());
  const CommandOptions interrupted{.while_running = [&](pid_t child) {
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGINT);
  }};
  const CommandResult result = run_min_btf({"gen", place.in, fifo, place.basic}, interrupted);
  CHECK(result.status == 130);
  CHECK(result.err == "min-btf: interrupted; OUTPUT may be incomplete\n");
}

TEST_CASE("cli_package_safety: on a full disk the old archive stays") {
  const OldArchive place;
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  const std::string output = disk.directory().write("x.tar", "old");
  for (const bool has_manifest : {false, true}) {
    Words arguments = {"gen", "-q", place.in, output, place.basic};
    if (has_manifest) arguments.insert(arguments.end(), {"--manifest", disk.directory().file("m.json")});
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 1);
    CHECK(result.err == "min-btf: error: " + output + ": cannot write: No space left on device\n");
    CHECK(contents_of(output) == "old");
    CHECK(disk.directory().entries() == Words{"x.tar"});
  }
  // A compressed archive has room. The manifest has none, and the message has the state of the archive.
  static_cast<void>(disk.directory().write("filler", std::string(30'000, 'x')));
  const std::string small = disk.directory().file("x.tar.xz");
  const CommandResult result =
      run_min_btf({"gen", "-q", "--manifest", disk.directory().file("m.json"), place.in, small, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("m.json: cannot write: No space left on device; all outputs are written"));
  CHECK((contents_of(small) == place.expected));
  CHECK(disk.directory().entries() == Words{"filler", "x.tar", "x.tar.xz"});
}

TEST_CASE("cli_package_safety: an archive that cannot be written is an error of one line that names it") {
  const OldArchive place;
  for (const std::string& output : {place.directory.file("missing/x.tar"), std::string("/sys/kernel/x.tar"),
                                    std::string("/proc/x.tar"), std::string("/dev/full")}) {
    const CommandResult result = run_min_btf({"gen", "-q", "--format=tar", place.in, output, place.basic});
    CAPTURE(output, result.err);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + output + ": "));
    CHECK(count_of(result.err, "\n") == 1);
  }
  const CommandResult full =
      run_min_btf({"gen", "-q", "--format=tar", place.in, "-", place.basic}, {.stdout_path = "/dev/full"});
  CHECK(full.status == 1);
  CHECK(full.err == "min-btf: error: standard output: cannot write: No space left on device\n");
}

TEST_CASE("cli_package_safety: a directory without write permission is refused before any kernel is read") {
  const OldArchive place;
  const fs::path locked = place.directory.path() / "locked";
  fs::create_directory(locked);
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
  const auto as_nobody = [&] {
    if (::geteuid() == 0 && (::setegid(65534) != 0 || ::seteuid(65534) != 0)) ::_exit(98);
  };
  const std::string output = (locked / "x.tar.gz").string();
  fs::permissions(place.directory.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  const CommandResult result = run_min_btf({"gen", "-q", place.in, output, place.basic}, {.in_child = as_nobody});
  constexpr int not_executed = 127;
  if (result.status == not_executed) return skip_test("nobody cannot run " TEST_BINARY);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, StartsWith("min-btf: error: " + output + ": cannot write to its directory: "));
  CHECK(fs::is_empty(locked));
}

TEST_CASE("cli_package_safety: an archive that is mounted by itself is written in place") {
  const OldArchive place;
  const std::string source = place.directory.write("source", "old");
  const BindMount mount(source, place.output);
  if (!mount.is_mounted()) {
    skip_test("a file cannot be mounted");
    return;
  }
  const CommandResult result = run_min_btf(place.command());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; written in place"));
  CHECK((contents_of(source) == place.expected));
}

TEST_CASE("cli_package_safety: a path that does not fit into the archive is named, and the old archive stays") {
  const OldArchive place;
  const std::string name(101, 'n');
  put(place.in / (name + ".btf"), small_kernel({}));
  const CommandResult result = run_min_btf({"gen", "-q", place.in, place.output, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, StartsWith("min-btf: error: " + name +
                                    ".btf: the path has 105 bytes and does not fit into a "
                                    "ustar archive: "));
  CHECK(count_of(result.err, "\n") == 1);
  CHECK(contents_of(place.output) == "old");
  // A directory has room for it.
  CHECK(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
}

TEST_CASE("cli_package_safety: if a kernel fails, the archive has the others") {
  const OldArchive place;
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  put(place.in / "damaged.btf", std::string_view("\x9f\xeb\x01\x00"));
  const CommandResult result = run_min_btf({"gen", "-q", place.in, place.output, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("damaged.btf: "));
  CHECK((contents_of(place.output) == place.expected));
}
