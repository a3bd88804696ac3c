// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/result_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "io/interrupt.hpp"
#include "support/fixtures.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

/// Writes 8 KiB to OUTPUT under a limit of 4 KiB for each file, and is interrupted after the error. Returns what the
/// interrupted run reports.
std::string report_after_failure(const TempDir& directory, const std::string& output) {
  const std::string err = directory.file("err");
  const int status = in_child([&] {
    const int fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(fd, STDERR_FILENO);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    io::handle_interrupts();
    cli::GenOptions options;
    options.output = output;
    cli::Reply reply;
    reply.on_interrupt("nothing was written");
    const cli::ResultFile file(options, std::nullopt, "x.btf", reply);
    try {
      static_cast<void>(file.write(std::vector<std::uint8_t>(8192, 'x')));
    } catch (const Error&) {
      ::raise(SIGINT);
    }
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == io::interrupted_status);
  return contents_of(err);
}

}  // namespace

TEST_CASE("result_file: an interruption after a failure reports that a file that would be replaced is unchanged") {
  const TempDir directory;
  const std::string output = directory.write("out.btf", "old");
  CHECK(report_after_failure(directory, output) == "min-btf: interrupted; nothing was written\n");
  CHECK(contents_of(output) == "old");
}

TEST_CASE("result_file: an interruption after a failure reports that a device may have a part of OUTPUT") {
  const TempDir directory;
  CHECK(report_after_failure(directory, "/dev/full") == "min-btf: interrupted; OUTPUT may be incomplete\n");
}

}  // namespace minbtf::test
