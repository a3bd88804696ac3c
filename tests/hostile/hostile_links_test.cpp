// SPDX-License-Identifier: BSD-2-Clause
// Small tars whose links and paths are meant to take much time or memory in `ship`.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "archive/ship/reduced_files.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/peak_memory.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using std::chrono_literals::operator""ms;

/// Returns the error of reading the tar as REDUCED. Fails the test if that takes too much time or memory.
std::string error_of(const TarForge& tar) {
  const TempDir directory;
  const std::string path = directory.write("x.tar.gz", compressed(tar.bytes(), Compression::gzip));
  const CpuLimit limit(20'000ms, "reading REDUCED");
  const PeakMemory peak;
  std::string error = error_text([&] { static_cast<void>(archive::read_reduced(path, {})); });
  // The limit is for paths. Each also takes fixed memory, and a vector that grows has room for three times its size.
  CHECK(peak.bytes() < 3 * archive::max_reduced_path_bytes);
  const std::string named = "unsupported: " + path + ": ";
  CHECK_THAT(error, Catch::StartsWith(named));
  return error.substr(std::min(error.size(), named.size()));
}

}  // namespace

TEST_CASE("hostile_links: links to directories with long names do not multiply the bytes of paths") {
  const std::string name(200, 'n');
  TarForge tar;
  tar.file("d0/f.btf", kernel_btf("el"));
  for (int i = 1; i <= 19; ++i) {
    for (const char* end : {"a", "b"}) {
      tar.symlink("d" + std::to_string(i) + "/" + name + end, "../d" + std::to_string(i - 1));
    }
  }
  const std::string error = error_of(tar);
  CHECK_THAT(error, Catch::StartsWith("d15/" + name) &&
                        Catch::EndsWith("and the targets of their links, links followed, have over 268435456 bytes"));
}

TEST_CASE("hostile_links: targets of many parts that lead over many links are not followed without end") {
  TarForge tar;
  tar.file("t/f.btf", kernel_btf("el"));
  tar.symlink("t/l0", ".");
  std::string target = "l0";
  while (target.size() < 1000) target += "/.";
  for (int i = 1; i <= 39; ++i) {
    tar.symlink("t/l" + std::to_string(i), target);
    target.replace(0, target.find('/'), "l" + std::to_string(i));
  }
  for (int i = 0; i < 2000; ++i) tar.symlink("t/x" + std::to_string(i) + ".btf", target.substr(0, 100) + "/f.btf");
  CHECK_THAT(error_of(tar), Catch::StartsWith("t/x") && Catch::EndsWith(" have over 268435456 bytes"));
}

TEST_CASE("hostile_links: paths of many parts do not fill the memory with directories") {
  TarForge tar;
  std::string parts;
  while (parts.size() < 900) parts += "/d";
  for (int i = 0; i < 6000; ++i) tar.symlink(std::to_string(i) + parts, "x");
  CHECK_THAT(error_of(tar), Catch::EndsWith("/d/...: the paths and links up to here take over 268435456 bytes"));
}

}  // namespace minbtf::test
