// SPDX-License-Identifier: BSD-2-Clause
// `-` on a command line: standard input and output in place of a file.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
namespace fs = std::filesystem;

namespace {

/// Runs the command with standard input from a pipe, as `cat FILE |` does. For a redirection use
/// CommandOptions::stdin_path.
CommandResult run_piped(const std::string& file, const std::vector<std::string>& arguments) {
  return run_command(joined({"sh", "-c", "cat \"$0\" | exec \"$@\"", file, TEST_BINARY}, arguments));
}

/// Runs the command with a terminal as standard input and standard output.
CommandResult run_with_terminal(const std::vector<std::string>& arguments) {
  return run_min_btf(arguments, {.in_child = [] {
                       const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
                       if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) ::_exit(126);
                       const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
                       ::dup2(terminal, STDIN_FILENO);
                       ::dup2(terminal, STDOUT_FILENO);
                     }});
}

}  // namespace

TEST_CASE(
    "cli_stdin: - is standard input as INPUT and standard output as OUTPUT, for pipes and files, compressed or not") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  const std::string packed = place.directory.write("packed", compressed(contents_of(place.kernel), Compression::xz));
  const std::string tar =
      place.directory.write("one.tar", TarForge().file("k.btf", bytes_of(contents_of(place.kernel))).bytes());
  const std::string elf = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  for (const std::string& kernel : {place.kernel, packed, tar, elf}) {
    CAPTURE(kernel);
    const std::vector<std::string> line = {"gen", "-", "-", place.basic};
    for (const CommandResult& result : {run_piped(kernel, line), run_min_btf(line, {.stdin_path = kernel})}) {
      CHECK(result.status == 0);
      CHECK(result.out == expected);
      CHECK_THAT(result.err, StartsWith("standard input: "));
    }
  }
  CHECK(run_piped(place.kernel, {"gen", "-q", "-", place.output, place.basic}).status == 0);
  CHECK(place.published() == expected);
  CHECK(run_piped(place.basic, {"gen", "-q", place.kernel, "-", "-"}).out == expected);
  fs::create_directory(place.directory.path() / "d");
  CHECK(run_piped(packed, {"gen", "-q", "-", place.directory.file("d"), place.basic}).status == 0);
  CHECK(contents_of(place.directory.file("d/stdin.btf")) == expected);
}

TEST_CASE("cli_stdin: - reads standard input from its current position") {
  const Workplace place;
  const std::string shifted = place.directory.write("shifted", "header" + contents_of(place.kernel));
  const CommandOptions begun{.stdin_path = shifted, .in_child = [] { ::lseek(STDIN_FILENO, 6, SEEK_SET); }};
  CHECK(run_min_btf({"gen", "-", place.output, place.basic}, begun).status == 0);
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("cli_stdin: the other commands accept - for one of their files") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", "-q", place.kernel, place.output, place.basic}).status == 0);
  const auto same_as_named = [&](std::vector<std::string> line, std::size_t index) {
    const std::string file = line[index];
    const CommandResult named = run_min_btf(line);
    line[index] = "-";
    const CommandResult piped = run_piped(file, line);
    const CommandResult redirected = run_min_btf(line, {.stdin_path = file});
    CAPTURE(line, piped.err, redirected.err);
    CHECK(piped.status == named.status);
    CHECK(count_of(named.out, "\n") == count_of(piped.out, "\n"));
    CHECK(redirected.status == named.status);
    CHECK(redirected.out == piped.out);
    return piped;
  };
  CHECK(same_as_named({"check", place.kernel, place.basic}, 1).status == 0);
  CHECK(same_as_named({"check", place.kernel, place.basic}, 2).status == 0);
  for (std::size_t file = 1; file <= 3; ++file) {
    CHECK(same_as_named({"verify", place.kernel, place.output, place.basic}, file).status == 0);
  }
  CHECK(same_as_named({"dump", place.kernel}, 1).out == run_min_btf({"dump", place.kernel}).out);
  CHECK_THAT(same_as_named({"inspect", place.basic}, 1).out, StartsWith("standard input: "));
}

TEST_CASE("cli_stdin: standard input is read only once, and a file named - is given as ./-") {
  const Workplace place;
  check_usage_error({"gen", "-", place.output, "-"}, "standard input can be read only once");
  check_usage_error({"gen", "-", place.output, "/dev/stdin"}, "standard input can be read only once");
  check_usage_error({"verify", "-", "-", place.basic}, "standard input can be read only once");
  check_usage_error({"check", place.kernel, "-", "-"}, "standard input can be read only once");
  check_usage_error({"inspect", "-", "-"}, "standard input can be read only once");
  static_cast<void>(place.directory.write("-", contents_of(place.kernel)));
  const CommandOptions there{.directory = place.directory.path().string()};
  CHECK(run_min_btf({"gen", "./-", "./-", place.basic}, there).status == 0);
  CHECK(contents_of(place.directory.file("-")) == reduced({place.basic}));
}

TEST_CASE("cli_stdin: a terminal is refused for BTF, and - as OUTPUT is refused with --json") {
  const Workplace place;
  const CommandResult out = run_with_terminal({"gen", place.kernel, "-", place.basic});
  CHECK(out.status == 2);
  CHECK_THAT(out.err, Contains("standard output is a terminal"));
  const CommandResult in = run_with_terminal({"gen", "-", place.output, place.basic});
  CHECK(in.status == 2);
  CHECK_THAT(in.err, Contains("standard input is a terminal"));
  CHECK(run_min_btf({"gen", "--json", place.kernel, "-", place.basic}).status == 2);
  CHECK_FALSE(fs::exists(place.output));
}

TEST_CASE("cli_stdin: a directory as standard input is one clear error in every command") {
  const Workplace place;
  const std::string error =
      "min-btf: error: standard input: a directory, where a file is needed; to use a directory, give its path\n";
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"gen", "-", place.output, place.basic},
                                                                     {"gen", place.kernel, place.output, "-"},
                                                                     {"check", "-", place.basic},
                                                                     {"check", place.kernel, "-"},
                                                                     {"verify", "-", place.kernel, place.basic},
                                                                     {"verify", place.kernel, "-", place.basic},
                                                                     {"inspect", "-"},
                                                                     {"dump", "-"}}) {
    CAPTURE(arguments);
    const CommandResult result = run_min_btf(arguments, {.stdin_path = place.directory.path().string()});
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    CHECK(result.err == error);
  }
}

TEST_CASE("cli_stdin: messages name standard input and standard output, and JSON has their paths") {
  const Workplace place;
  const std::string text = place.directory.write("text", "no BTF");
  const CommandResult failed = run_min_btf({"gen", "--json", "-", place.output, place.basic}, {.stdin_path = text});
  CHECK_THAT(failed.err, StartsWith("min-btf: error: standard input: neither raw BTF"));
  CHECK(document_of(failed).at("error").at("file") == "/dev/stdin");
  const auto done =
      document_of(run_min_btf({"gen", "--json", "-", place.output, place.basic}, {.stdin_path = place.kernel}));
  CHECK(done.at("kernel").at("path") == "/dev/stdin");
  const CommandResult verified = run_min_btf({"verify", "-", place.output, place.basic}, {.stdin_path = place.kernel});
  CHECK_THAT(verified.out, StartsWith("standard input and " + place.output + ": "));
  CHECK_THAT(run_min_btf({"check", "-", place.basic}, {.stdin_path = place.kernel}).out, Contains("standard input"));
  const CommandResult full = run_min_btf({"gen", place.kernel, "-", place.basic}, {.stdout_path = "/dev/full"});
  CHECK(full.err == "min-btf: error: standard output: cannot write: No space left on device\n");
}

TEST_CASE("cli_stdin: every command reads a tar of many kernels from a pipe") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "b/b.btf", small_kernel({.task = 1}));
  const fs::path expected = place.directory.path() / "expected";
  REQUIRE(run_min_btf({"gen", "-q", place.in, expected, place.basic}).status == 0);
  const std::string tar = place.directory.file("many.tar");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", tar, "."}).status == 0);
  const std::string packed = place.directory.write("many.tar.xz", compressed(contents_of(tar), Compression::xz));
  for (const std::string& input : {tar, packed}) {
    CHECK(run_piped(input, {"gen", "-q", "-", place.out, place.basic}).status == 0);
    CHECK(is_same_tree(place.out, expected));
    fs::remove_all(place.out);
  }
  // The manifest of a tree may be written to standard output, with the same contents as in a file.
  const std::string manifest = place.directory.file("m.json");
  REQUIRE(run_min_btf({"gen", "-q", "--manifest", manifest, tar, place.out, place.basic}).status == 0);
  const CommandResult printed = run_piped(tar, {"gen", "--manifest", "-", "-", place.out, place.basic});
  CHECK(printed.status == 0);
  CHECK(printed.out == contents_of(manifest));
  CHECK_THAT(printed.err, Contains("2 kernels"));
  CHECK(run_piped(tar, {"verify", "-", place.out, place.basic}).status == 0);
  CHECK_THAT(run_piped(tar, {"check", "-", place.basic}).out, Contains("2 kernels"));
  const CommandResult refused = run_piped(tar, {"gen", "-", "-", place.basic});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("is not a directory, and INPUT standard input is a directory or an archive"));
  check_usage_error({"gen", "--prune", "--manifest", "-", place.in, place.out, place.basic}, "--prune needs");
}
