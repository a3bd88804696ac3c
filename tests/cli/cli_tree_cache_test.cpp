// SPDX-License-Identifier: BSD-2-Clause
// --cache changes only the duration of a run and one figure in its summary.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct CachePlace : TreePlace {
  fs::path cache = directory.path() / "cache";
  std::string manifest = directory.file("manifest.json");

  CachePlace() { put_kernels(in); }

  [[nodiscard]] CommandResult cached(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--cache", cache.string()});
    return gen(more);
  }

  [[nodiscard]] std::size_t sources_from_cache() const {
    const json document = document_of(cached({"--json"}));
    return document.at("kernels").at("cached");
  }

  [[nodiscard]] std::vector<fs::path> entries() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(cache)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
  }
};

/// Removes the summary's figure for the cache.
std::string without_cache(std::string text) {
  const std::size_t start = text.find("; cache: ");
  if (start == std::string::npos) return text;
  const std::size_t end = std::min(text.find(';', start + 1), text.find('\n', start));
  return text.erase(start, end - start);
}

}  // namespace

TEST_CASE(
    "cli_tree_cache: a run without a cache, one that fills it and one that uses it have the same tree, manifest and "
    "messages") {
  const CachePlace place;
  put(place.in / "some/hub.btf.tar.xz",
      compressed(TarForge().file("./hub.btf", kernel_btf()).bytes(), Compression::xz));
  put(place.in / "some/all.tar.gz",
      compressed(
          TarForge().file("t/one.btf", kernel_btf()).symlink("t/two.btf", "one.btf").file("README", "text").bytes(),
          Compression::gzip));
  put(place.in / "vmlinux", contents_of(write_vmlinux(place.directory, "elf", kernel_btf())));
  put(place.in / "bad.btf", "text");
  put(place.in / "bad.tar", TarForge().file("t/good.btf", small_kernel({})).file("../evil.btf", "x").bytes());
  put(place.in / "README", "text");
  // `ambiguous` fails on one of these kernels. This is also reported for cached results.
  const std::vector<std::string> options = {place.ambiguous, "-v", "--manifest", place.manifest, "--manifest-sha256"};
  const CommandResult fresh = place.gen(options);
  REQUIRE(fresh.status == 1);
  REQUIRE(count_of(fresh.err, "warning: ") > 10);
  const std::string tree = tar_bytes(place.out);
  const std::string manifest = contents_of(place.manifest);
  for (int i = 0; i < 3; ++i) {
    fs::remove_all(place.out);
    fs::remove(place.manifest);
    const CommandResult result = place.cached(options);
    CHECK(result.status == fresh.status);
    CHECK(result.err == fresh.err);
    CHECK(without_cache(result.out) == fresh.out);
    // Kernels that failed are tried again.
    const std::string figure = i == 0 ? "; cache: 0 of 101 results " : "; cache: 99 of 101 results ";
    CHECK_THAT(result.out, Contains(figure + "reused"));
    CHECK((tar_bytes(place.out) == tree));
    CHECK((contents_of(place.manifest) == manifest));
  }
}

TEST_CASE("cli_tree_cache: a run without changes decompresses nothing") {
  const CachePlace place;
  BtfForge large;
  large.integer("long", 8, 1);
  large.header().trailing = std::size_t{100} << 20U;
  put(place.in / "large.btf.gz", compressed(large.bytes(), Compression::gzip));
  const std::vector<std::string> command = {"gen", place.in, place.out, place.basic, "--cache", place.cache.string(),
                                            "-j1"};
  const MeasuredRun first = run_measured(command);
  const MeasuredRun second = run_measured(command);
  CHECK(first.status == 0);
  CHECK(second.status == 0);
  CAPTURE(first.peak_kib, second.peak_kib, first.cpu.count(), second.cpu.count());
  constexpr long unpacked_kib = 100 << 10;
  // AddressSanitizer itself needs more memory than this.
  if (!with_address_sanitizer) {
    CHECK(first.peak_kib > unpacked_kib);
    CHECK(second.peak_kib < unpacked_kib / 2);
  }
  CHECK(place.sources_from_cache() == 97);
}

TEST_CASE("cli_tree_cache: the key is the contents, not the name: a moved input is found, a changed input is not") {
  const CachePlace place;
  REQUIRE(place.cached().status == 0);
  const std::size_t count = place.entries().size();
  CHECK(count == 96);
  fs::rename(place.in / "distribution-0", place.in / "renamed");
  CHECK(place.sources_from_cache() == 96);
  // The changed file has the same size and time.
  const fs::path changed = place.in / "renamed/x86_64-0/release-0.btf";
  const auto time = fs::last_write_time(changed);
  put(changed, small_kernel({.task = 23}));
  fs::last_write_time(changed, time);
  CHECK(place.sources_from_cache() == 95);
  CHECK(contents_of(place.out / "renamed/x86_64-0/release-0.btf") ==
        reduced({place.basic}, small_kernel({.task = 23})));
}

TEST_CASE("cli_tree_cache: results for other objects are not used") {
  const CachePlace place;
  REQUIRE(place.cached().status == 0);
  const fs::path fresh = place.directory.path() / "fresh";
  REQUIRE(run_min_btf({"gen", place.in, fresh, place.basic, place.ambiguous}).status == 0);
  const CommandResult result = place.cached({place.ambiguous});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; cache: 0 of 96 results "));
  CHECK(is_same_tree(place.out, fresh));
  CHECK(place.sources_from_cache() == 96);
}

TEST_CASE("cli_tree_cache: selections apply to cached kernels, including members of a tar") {
  const CachePlace place;
  put(place.in / "all.tar",
      TarForge().file("arm64/a.btf", small_kernel({})).file("x86_64/a.btf", small_kernel({.task = 1})).bytes());
  const fs::path fresh = place.directory.path() / "fresh";
  for (const char* option : {"--arch=arm64", "--arch=amd64", "--include=distribution-1/**", "--exclude=*.btf"}) {
    fs::remove_all(place.out);
    fs::remove_all(fresh);
    const CommandResult cached = place.cached({option, "-q"});
    const CommandResult result = run_min_btf({"gen", place.in, fresh, place.basic, option, "-q"});
    CAPTURE(option, cached.err);
    CHECK(cached.status == result.status);
    CHECK(cached.err == result.err);
    CHECK(differences(contents_below(place.out), contents_below(fresh)) == std::vector<std::string>());
  }
}

TEST_CASE(
    "cli_tree_cache: damaged and foreign files in the cache are ignored with a warning, and entries are rewritten") {
  const CachePlace place;
  REQUIRE(place.cached().status == 0);
  const std::string tree = tar_bytes(place.out);
  const std::vector<fs::path> entries = place.entries();
  const std::string sound = contents_of(entries[0]);
  put(entries[0], sound.substr(0, sound.size() / 2));
  std::string flipped = contents_of(entries[1]);
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  put(entries[1], flipped);
  put(entries[2], "");
  put(entries[3], "something else");
  put(entries[4], contents_of(entries[5]));
  fs::remove(entries[6]);
  REQUIRE(::mkfifo(entries[6].c_str(), 0600) == 0);
  fs::remove(entries[7]);
  fs::create_directory(entries[7]);
  put(place.cache / "README", "mine");
  fs::remove_all(place.out);
  const CommandResult result = place.cached();
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; cache: 89 of 96 results "));
  std::size_t named = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i != 5 && count_of(result.err, "warning: " + entries[i].string() + ": ignored: ") == 1) ++named;
  }
  CHECK(named == 7);
  CHECK((tar_bytes(place.out) == tree));
  CHECK(contents_of(place.cache / "README") == "mine");
  CHECK(contents_of(entries[0]) == sound);
}

TEST_CASE("cli_tree_cache: a cache that cannot be written is a warning, and a cache that is a file is an error") {
  const CachePlace place;
  REQUIRE(place.gen().status == 0);
  const std::string tree = tar_bytes(place.out);
  fs::remove_all(place.out);
  put(place.cache, "a file");
  const CommandResult refused = place.cached();
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, StartsWith("min-btf: error: " + place.cache.string() + ": "));
  CHECK_FALSE(fs::exists(place.out));

  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  const std::string cache = disk.directory().file("cache");
  for (int i = 0; i < 2; ++i) {
    const CommandResult full = place.gen({"--cache", cache});
    CHECK(full.status == 0);
    CHECK(full.err ==
          "min-btf: warning: cannot store results in " + cache + ": cannot write: No space left on device\n");
    CHECK((tar_bytes(place.out) == tree));
  }
}

TEST_CASE("cli_tree_cache: a run after a killed run uses the results that are stored") {
  const CachePlace place;
  const auto duration = time_of({"gen", place.in, place.out, place.basic});
  for (int i = 1; i <= 8; ++i) {
    static_cast<void>(
        run_and_signal({"gen", place.in, place.out, place.basic, "--cache", place.cache}, duration * i / 8, SIGKILL));
  }
  const fs::path fresh = place.directory.path() / "fresh";
  REQUIRE(run_min_btf({"gen", place.in, fresh, place.basic}).status == 0);
  const CommandResult result = place.cached();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(is_same_tree(place.out, fresh));
  CHECK_THAT(result.out, !Contains("; cache: 0 of 96 results "));
}
