// SPDX-License-Identifier: BSD-2-Clause
#include "archive/cache/cache.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/cache/cache_entry.hpp"
#include "support/error_text.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace minbtf::archive;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

const CacheKey key{.source = {0xab12, 2}, .source_bytes = 3, .plan = {4, 5}};
const std::string key_file = "00/000000000000ab120000000000000002-3-00000000000000040000000000000005.minbtf";

SourceOutcome outcome_of(std::string_view text) {
  SourceOutcome outcome;
  const auto content = std::make_shared<const Bytes>(text.begin(), text.end());
  outcome.kernels.push_back(
      {"5.4/x.btf", make_result(ReducedKernel{content, {1, 2, 3, 4, 5, 6, 7, 1}, {{8, 9, Failure::too_deep}}})});
  outcome.links = {{"5.5/y.btf", "5.4/x.btf"}};
  outcome.ignored = 10;
  outcome.modules = 9;
  outcome.unselected = 11;
  return outcome;
}

// Equal outcomes have equal entries.
bool is_same(const SourceOutcome& one, const SourceOutcome& other) {
  return written_entry(key, one) == written_entry(key, other);
}

// Returns the warning of a new run that loads the changed file `key_file`, without "FILE: ignored: ".
std::string warning_of_load(const TempDir& directory) {
  Cache cache(directory.path());
  CHECK_FALSE(cache.load(key));
  const Lines warnings = cache.warnings();
  REQUIRE(warnings.size() == 1);
  const std::string start = directory.file(key_file) + ": ignored: ";
  REQUIRE(warnings[0].starts_with(start));
  return warnings[0].substr(start.size());
}

// Returns the paths of all files below a directory, relative to the directory, sorted.
Lines files_below(const fs::path& directory) {
  Lines names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), directory).string());
  }
  std::ranges::sort(names);
  return names;
}

// Makes file permissions apply to this thread during its lifetime, even if the user is root.
class BoundByPermissions {
 public:
  BoundByPermissions() : previous_(::setfsuid(nobody)) {}
  BoundByPermissions(const BoundByPermissions&) = delete;
  BoundByPermissions& operator=(const BoundByPermissions&) = delete;
  ~BoundByPermissions() { ::setfsuid(static_cast<uid_t>(previous_)); }

 private:
  static constexpr uid_t nobody = 65534;
  int previous_;
};

void set_age(const fs::path& path, std::chrono::minutes age) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - age);
}

}  // namespace

TEST_CASE("cache: an outcome that one run stores is loaded by the next run") {
  const TempDir directory;
  Cache first(directory.path());
  CHECK_FALSE(first.load(key));
  first.store(key, outcome_of("content"));
  CHECK(files_below(directory.path()) == Lines{key_file});
  Cache second(directory.path());
  const auto loaded = second.load(key);
  REQUIRE(loaded);
  CHECK(is_same(*loaded, outcome_of("content")));
  CHECK(first.warnings().empty());
  CHECK(second.warnings().empty());
}

TEST_CASE("cache: keys that differ in any part have different entries") {
  const TempDir directory;
  Cache cache(directory.path());
  cache.store(key, outcome_of("content"));
  for (const CacheKey& other :
       {CacheKey{{0xab12, 3}, 3, {4, 5}}, CacheKey{{0xab13, 2}, 3, {4, 5}}, CacheKey{{0xab12, 2}, 4, {4, 5}},
        CacheKey{{0xab12, 2}, 3, {4, 6}}, CacheKey{{0xab12, 2}, 3, {5, 5}}}) {
    CHECK_FALSE(cache.load(other));
    cache.store(other, {});
  }
  CHECK(files_below(directory.path()).size() == 6);
  CHECK(is_same(cache.load(key).value(), outcome_of("content")));
  CHECK(cache.warnings().empty());
}

TEST_CASE("cache: a stored outcome replaces the previous one") {
  const TempDir directory;
  Cache cache(directory.path());
  cache.store(key, outcome_of("first"));
  cache.store(key, outcome_of("second"));
  CHECK(is_same(cache.load(key).value(), outcome_of("second")));
  CHECK(files_below(directory.path()) == Lines{key_file});
}

TEST_CASE("cache: an outcome with problems is not stored") {
  const TempDir directory;
  Cache cache(directory.path());
  SourceOutcome outcome = outcome_of("content");
  outcome.problems.push_back({ErrorKind::damaged, "a", "b", "c"});
  cache.store(key, outcome);
  CHECK(directory.entries().empty());
  CHECK(cache.warnings().empty());
}

TEST_CASE("cache: the directory is created with its parents") {
  const TempDir directory;
  const fs::path deep = directory.path() / "a/b/";
  Cache(deep).store(key, {});
  CHECK(files_below(directory.path()) == Lines{"a/b/" + key_file});
  CHECK(Cache(directory.file("a/b")).load(key));
}

TEST_CASE("cache: a path that is no directory is refused") {
  const TempDir directory;
  const std::string file = directory.write("file", "text");
  const auto refusal = [](const std::string& path) { return error_text([&] { const Cache cache(path); }); };
  CHECK(refusal(file) == "io: " + file + ": not a directory");
  CHECK(refusal(file + "/x") == "io: " + file + "/x: cannot make this directory: Not a directory");
  CHECK(refusal("/proc/x") == "io: /proc/x: cannot make this directory: No such file or directory");
  CHECK(refusal("") == "io: cannot make this directory: Invalid argument");
  CHECK(contents_of(file) == "text");
}

TEST_CASE("cache: truncated or changed entries are ignored with a warning") {
  const TempDir directory;
  Cache(directory.path()).store(key, outcome_of("content"));
  const std::string whole = contents_of(directory.file(key_file));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    static_cast<void>(directory.write(key_file, whole.substr(0, size)));
    CHECK_FALSE(warning_of_load(directory).empty());
    std::string changed = whole;
    changed[size] = static_cast<char>(changed[size] ^ 0x10);
    static_cast<void>(directory.write(key_file, changed));
    CHECK_FALSE(warning_of_load(directory).empty());
  }
}

TEST_CASE("cache: a file with the name of an entry that is no entry is ignored with a reason") {
  const TempDir directory;
  Cache(directory.path()).store(key, outcome_of("content"));
  const std::string entry = directory.file(key_file);
  const std::string whole = contents_of(entry);
  const auto with = [&](std::string_view contents) {
    static_cast<void>(directory.write(key_file, contents));
    return warning_of_load(directory);
  };
  CHECK(with("") == "not an entry of a cache");
  CHECK(with("#!/bin/sh\nsome text that is longer than the start of an entry\n") == "not an entry of a cache");
  CHECK(with(std::string(whole.size(), '\0')) == "not an entry of a cache");
  CHECK(with(std::string(whole).replace(8, 1, "\x07")) == "in format 7, but this version reads only format 2");
  CHECK(with(whole.substr(0, 20)) == "damaged: entry+0xc: truncated");
  CHECK(with(whole + "x") == "damaged: its hash does not match");

  // An entry with the file name of another entry.
  const CacheKey other{.source = {0xab12, 2}, .source_bytes = 3, .plan = {4, 6}};
  Cache(directory.path()).store(other, outcome_of("content"));
  fs::rename(directory.file("00/000000000000ab120000000000000002-3-00000000000000040000000000000006.minbtf"), entry);
  CHECK(warning_of_load(directory) == "the entry of another source or plan");

  fs::remove(entry);
  fs::create_directory(entry);
  CHECK(warning_of_load(directory) == "not a regular file");
  fs::remove(entry);
  REQUIRE(::mkfifo(entry.c_str(), 0600) == 0);
  CHECK(warning_of_load(directory) == "not a regular file");
  fs::remove(entry);
  fs::create_symlink(key_file.substr(3), entry);
  CHECK(warning_of_load(directory) == "cannot stat: Too many levels of symbolic links");

  // store() replaces the bad entry.
  Cache again(directory.path());
  again.store(key, outcome_of("content"));
  CHECK(contents_of(entry) == whole);
  CHECK(again.load(key));
  CHECK(again.warnings().empty());
}

TEST_CASE("cache: entries without permission to read are ignored with a warning") {
  const TempDir directory;
  Cache(directory.path()).store(key, outcome_of("content"));
  fs::permissions(directory.path(), fs::perms{0755});
  {
    fs::permissions(directory.file(key_file), fs::perms{0});
    const BoundByPermissions bound;
    CHECK(warning_of_load(directory) == "cannot open: Permission denied");
  }
  fs::permissions(directory.file("00"), fs::perms{0});
  {
    const BoundByPermissions bound;
    CHECK(warning_of_load(directory) == "cannot stat: Permission denied");
  }
  fs::permissions(directory.file("00"), fs::perms{0755});
}

TEST_CASE("cache: entries in a read-only directory are loaded") {
  const TempDir directory;
  Cache(directory.path()).store(key, outcome_of("content"));
  fs::permissions(directory.path(), fs::perms{0555});
  fs::permissions(directory.file("00"), fs::perms{0555});
  {
    const BoundByPermissions bound;
    Cache cache(directory.path());
    CHECK(cache.load(key));
    CHECK(cache.warnings().empty());
    // An existing and a missing subdirectory give the same reason; the warning is printed once.
    cache.store(key, outcome_of("new"));
    cache.store({.source = {~std::uint64_t{0}, 0}, .source_bytes = 0, .plan = {}}, outcome_of("new"));
    CHECK(cache.warnings() ==
          Lines{"cannot store results in " + directory.path().string() + ": cannot write: Permission denied"});
    CHECK(is_same(cache.load(key).value(), outcome_of("content")));
  }
  fs::permissions(directory.path(), fs::perms{0755});
  fs::permissions(directory.file("00"), fs::perms{0755});
  CHECK(files_below(directory.path()) == Lines{key_file});
}

TEST_CASE("cache: a directory at the path of an entry stays, and no unfinished file is left") {
  const TempDir directory;
  fs::create_directories(directory.path() / key_file);
  Cache cache(directory.path());
  cache.store(key, outcome_of("content"));
  CHECK(cache.warnings() ==
        Lines{"cannot store results in " + directory.path().string() + ": cannot write: Is a directory"});
  CHECK(files_below(directory.path()).empty());
}

TEST_CASE("cache: on a full disk entries are missing, but the run goes on") {
  const SmallDisk disk;
  if (!disk.is_mounted()) return skip_test("may not mount a small file system");
  Cache cache(disk.directory().path());
  cache.store(key, outcome_of("small"));
  CacheKey other = key;
  for (int i = 0; i < 3; ++i) {
    other.plan.low += 1;
    cache.store(other, outcome_of(std::string(100'000, 'x')));
    CHECK_FALSE(cache.load(other));
  }
  CHECK(cache.warnings() == Lines{"cannot store results in " + disk.directory().path().string() +
                                  ": cannot write: No space left on device"});
  CHECK(files_below(disk.directory().path()) == Lines{key_file});
  CHECK(is_same(cache.load(key).value(), outcome_of("small")));
  // An entry that still fits is stored.
  cache.store(other, outcome_of("small too"));
  CHECK(is_same(cache.load(other).value(), outcome_of("small too")));
}

TEST_CASE("cache: unfinished entries of an interrupted run are removed when no run can still be writing them") {
  const TempDir directory;
  fs::create_directories(directory.path() / "00/sub");
  fs::create_directories(directory.path() / "zz");
  const std::string left = "00/." + key_file.substr(3) + ".min-btf.0a9z8y.tmp";
  const std::string young = "00/." + key_file.substr(3) + ".min-btf.000000.tmp";
  const Lines others = {
      key_file.substr(3) + ".min-btf.0a9z8y.tmp",               // no dot
      "." + key_file.substr(3) + ".min-btf.0a9z8y.tmp",         // not in a directory of entries
      "zz/." + key_file.substr(3) + ".min-btf.0a9z8y.tmp",      // not in a directory of entries
      "00/sub/." + key_file.substr(3) + ".min-btf.0a9z8y.tmp",  // in a subdirectory
      "00/." + key_file.substr(3) + ".min-btf.0A9z8y.tmp",      // a capital letter
      "00/." + key_file.substr(3) + ".min-btf.0a9z8.tmp",       // five random characters
      "00/." + key_file.substr(3) + ".min-btf.0a9z8y1.tmp",     // seven random characters
      "00/." + key_file.substr(3) + ".min-btf.0a9z8y.tmp~",     // a character after the ending
      "00/." + key_file.substr(3) + ".rsync.0a9z8y.tmp",        // a temporary file of another tool
      "00/.vmlinux.btf.min-btf.0a9z8y.tmp",                     // not for an entry
      "00/.min-btf.0a9z8y.tmp",                                 // no destination name
      "00/.-3-.minbtf.min-btf.0a9z8y.tmp",                      // without hashes
      "00/.000000000000ab120000000000000002-x-00000000000000040000000000000005.minbtf.min-btf.0a9z8y.tmp",
      "00/.000000000000ab120000000000000002--00000000000000040000000000000005.minbtf.min-btf.0a9z8y.tmp",
      "00/.000000000000ab120000000000000002-3_00000000000000040000000000000005.minbtf.min-btf.0a9z8y.tmp",
      "00/.00000000000!ab120000000000000002-3-00000000000000040000000000000005.minbtf.min-btf.0a9z8y.tmp",
      key_file,
      "00/README",
  };
  for (const std::string& name : others) set_age(directory.write(name, "text"), std::chrono::minutes(1000));
  set_age(directory.write(left, "text"), std::chrono::minutes(11));
  set_age(directory.write(young, "text"), std::chrono::minutes(9));
  // A directory with the name of an unfinished entry.
  fs::create_directory(directory.path() / ("00/." + key_file.substr(3) + ".min-btf.111111.tmp"));
  set_age(directory.path() / ("00/." + key_file.substr(3) + ".min-btf.111111.tmp"), std::chrono::minutes(11));

  Lines expected = others;
  expected.push_back(young);
  std::ranges::sort(expected);
  const Cache cache(directory.path());
  CHECK(files_below(directory.path()) == expected);
  CHECK(fs::is_directory(directory.path() / ("00/." + key_file.substr(3) + ".min-btf.111111.tmp")));
  CHECK(cache.warnings().empty());
}

TEST_CASE("cache: threads of two caches can use one directory at the same time") {
  const TempDir directory;
  Cache one(directory.path());
  Cache other(directory.path());
  constexpr std::size_t keys = 5;
  std::vector<SourceOutcome> outcomes;
  for (std::size_t i = 0; i < keys; ++i) outcomes.push_back(outcome_of(std::string(i * 5000, 'x')));
  std::atomic<int> loaded = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      Cache& cache = thread % 2 == 0 ? one : other;
      for (std::size_t i = 0; i < 200; ++i) {
        const std::size_t which = (i + thread) % keys;
        const CacheKey own{.source = {which << 56U, which}, .source_bytes = which, .plan = {}};
        cache.store(own, outcomes[which]);
        const auto found = cache.load(own);
        loaded += found ? 1 : 0;
        wrong += found && !is_same(*found, outcomes[which]) ? 1 : 0;
        static_cast<void>(cache.warnings());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(loaded == 1600);
  CHECK(wrong == 0);
  CHECK(one.warnings().empty());
  CHECK(other.warnings().empty());
  CHECK(files_below(directory.path()).size() == keys);
}
