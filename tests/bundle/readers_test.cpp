// SPDX-License-Identifier: BSD-2-Clause
// The readers of bundles in Go and Rust (examples/), over the table of lookups and over damaged bundles. They print the
// same lines as the reader in C, which lookups_test.cpp compares with the table.
#include <sys/stat.h>
#include <sys/utsname.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "bundle/lookup_table.hpp"
#include "consumers/consumer_case.hpp"
#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

namespace fs = std::filesystem;

const fs::path sources = TEST_SOURCE_DIR;

/// Runs a compiler in the directory.
void compile(const std::vector<std::string>& command, const TempDir& directory) {
  const CommandResult result = run_command(command, {.directory = directory.path().string()});
  CAPTURE(result.out, result.err);
  REQUIRE(result.status == 0);
}

/// Returns the program lookup.go with bundle.go.
std::string build_with_go(const TempDir& directory) {
  (void)directory.write("go.mod", "module lookup\n\ngo 1.19\n");
  fs::create_directory(directory.path() / "bundle");
  fs::copy_file(sources / "examples/go/bundle.go", directory.path() / "bundle/bundle.go");
  fs::copy_file(sources / "tests/bundle/lookup.go", directory.path() / "main.go");
  const std::string cache = "GOCACHE=" + (fs::path(TEST_BUNDLE_LOOKUP).parent_path() / "go-cache").string();
  // Nothing is downloaded: the module uses only the standard library.
  compile({"env", cache, "GOPROXY=off", "GOFLAGS=", "GO111MODULE=on", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "go",
           "build", "-o", "lookup", "."},
          directory);
  return directory.file("lookup");
}

/// Returns the program lookup.rs with bundle.rs.
std::string build_with_rust(const TempDir& directory) {
  fs::copy_file(sources / "examples/rust/bundle.rs", directory.path() / "bundle.rs");
  fs::copy_file(sources / "tests/bundle/lookup.rs", directory.path() / "lookup.rs");
  // With -C debug-assertions, an overflow ends the program.
  compile({"rustc", "--edition", "2021", "-D", "warnings", "-O", "-C", "debug-assertions", "-o", "lookup", "lookup.rs"},
          directory);
  return directory.file("lookup");
}

bool has_rust() {
  if (run_command({"sh", "-c", "command -v rustc"}).status == 0) return true;
  skip_test("the program rustc is not installed (Debian: rustc)");
  return false;
}

std::string output_of(const std::string& program, const std::string& mode, const std::vector<std::uint8_t>& bundle,
                      const std::string& queries) {
  const TempDir directory;
  const CommandResult result = run_command({program, mode, directory.write("btfs.bundle", bundle)},
                                           {.stdin_path = directory.write("queries", queries)});
  CHECK(result.err == "");
  REQUIRE(result.status == 0);
  REQUIRE_FALSE(result.out.empty());
  return result.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}

/// Compares the output with that of the reader in C.
void check_output(const std::string& reader, const std::string& mode, const std::vector<std::uint8_t>& bundle,
                  const std::string& queries) {
  const std::vector<std::string> lines = lines_of(output_of(reader, mode, bundle, queries));
  const std::vector<std::string> expected = lines_of(output_of(TEST_BUNDLE_LOOKUP, mode, bundle, queries));
  REQUIRE(lines.size() == expected.size());
  std::size_t differences = 0;
  for (std::size_t i = 0; i < lines.size() && differences < 5; ++i) {
    CHECK(lines[i] == expected[i]);
    if (lines[i] != expected[i]) ++differences;
  }
}

void check_each_lookup(const std::string& reader) {
  for (const TableBundle& bundle : lookup_table()) {
    CAPTURE(bundle.name);
    check_output(reader, "find", bundle_bytes(bundle), queries_of(bundle));
  }
}

std::string crc_text(const std::string& content) {
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(8)
       << forged_crc32(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  return text.str();
}

/// Loads BTF for the running kernel. The bundle has it as a kernel of Debian 10.
void check_load(const std::string& reader) {
  const fs::path os_releases = sources / "tests/bundle/os-release";
  struct utsname names {};
  REQUIRE(uname(&names) == 0);
  const std::string content = "contents";
  const auto bundle_with = [&](const std::string& release) {
    return forge_bundle({ForgedKernel{.machine = minbtf_machine(names.machine),
                                      .release = release,
                                      .id = "debian",
                                      .version_id = "10",
                                      .build = "",
                                      .content = content}});
  };
  const std::vector<std::uint8_t> bundle = bundle_with(names.release);
  const TempDir directory;
  const auto run = [&](const std::vector<std::uint8_t>& bytes, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {reader, "load", directory.write("btfs.bundle", bytes)});
    return run_command(arguments);
  };
  const auto load = [&](const std::vector<std::uint8_t>& bytes, const std::vector<std::string>& arguments) {
    const CommandResult result = run(bytes, arguments);
    CAPTURE(result.err);
    CHECK(result.status == 0);
    return result.out;
  };
  const std::string debian = os_releases / "debian-10";
  const std::string found = "\t8\t" + crc_text(content) + "\n";
  CHECK(load(bundle, {debian}) == "exact" + found);
  CHECK(load(bundle, {os_releases / "ubuntu-20.04"}) == "release-only" + found);
  CHECK(load(bundle, {os_releases / "no-such-file"}) == "release-only" + found);
  CHECK(load(bundle_with("1.0-other"), {debian}) == "no-release\n");
  CHECK(load({}, {debian}) == "not-bundle\n");
  const std::string user = "BTF of the user";
  CHECK(load({}, {debian, directory.write("user.btf", user)}) == "user-path\t15\t" + crc_text(user) + "\n");
  // A path that the user gave is not replaced by the bundle.
  CHECK(run(bundle, {debian, directory.file("none")}).status == 2);
  // A directory and a FIFO are errors; the FIFO has no writer and must not block.
  const std::string fifo = directory.file("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(load(bundle, {fifo}) == "release-only" + found);
  CHECK(load(bundle, {directory.path()}) == "release-only" + found);
  CHECK(run(bundle, {debian, fifo}).status == 2);
  CHECK(run(bundle, {debian, directory.path()}).status == 2);
  // load() compares the CRC of the index, and that of the content.
  for (const std::size_t offset : {std::size_t{60}, bundle.size() - 1}) {
    std::vector<std::uint8_t> changed = bundle;
    changed[offset] ^= 1;
    CHECK(load(changed, {debian}) == "damaged\n");
  }
}

}  // namespace

TEST_CASE("bundle: the reader in Go gives the results of that in C, also for each truncation and each changed byte") {
  if (!has_go()) return;
  const TempDir directory;
  const std::string reader = build_with_go(directory);
  check_each_lookup(reader);
  check_output(reader, "damaged", sample_bundle(), sample_queries());
  check_load(reader);
}

TEST_CASE("bundle: the reader in Rust gives the results of that in C, also for each truncation and each changed byte") {
  if (!has_rust()) return;
  const TempDir directory;
  const std::string reader = build_with_rust(directory);
  check_each_lookup(reader);
  check_output(reader, "damaged", sample_bundle(), sample_queries());
  check_load(reader);
}
