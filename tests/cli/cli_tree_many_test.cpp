// SPDX-License-Identifier: BSD-2-Clause
// Runs over many kernels: memory, progress, selection of kernels, and the manifest.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/json_schema.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t results = 50;

/// Returns the n-th kernel. All kernels are different; their results repeat.
SmallKernel kernel_number(std::uint32_t number) {
  return {.task = number % results, .unasked = number, .is_tiny = true};
}

std::string path_of(std::uint32_t number) {
  return "directory-" + std::to_string(number % 20) + "/release-" + std::to_string(number) + ".btf";
}

void put_many(const fs::path& in, std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t number = first; number < end; ++number)
    put(in / path_of(number), small_kernel(kernel_number(number)));
}

std::vector<std::string> paths_in(const fs::path& root) {
  std::vector<std::string> paths;
  for (const auto& [path, contents] : contents_below(root)) paths.push_back(path);
  return paths;
}

}  // namespace

TEST_CASE("cli_tree_many: memory grows with the number of kernels only by the data that is kept for each") {
  const TreePlace place;
  std::uint32_t done = 0;
  std::vector<std::pair<std::uint32_t, long>> peaks;
  for (const std::uint32_t count : {100U, 1'000U, 10'000U}) {
    put_many(place.in, done, count);
    done = count;
    const MeasuredRun run = run_measured({"gen", place.in, place.out, place.basic, "-j2"});
    CHECK(run.status == 0);
    peaks.emplace_back(count, run.peak_kib);
    WARN(std::to_string(count) + " kernels: " + std::to_string(run.peak_kib) + " KiB at most, " +
         std::to_string(run.cpu.count()) + " s of CPU");
  }
  const double kib_per_kernel =
      static_cast<double>(peaks[2].second - peaks[1].second) / (peaks[2].first - peaks[1].first);
  WARN(std::to_string(kib_per_kernel) + " KiB for each kernel more");
  // AddressSanitizer delays the reuse of freed memory.
  if (!with_address_sanitizer) CHECK(kib_per_kernel < 1.6);

  std::vector<std::string> expected;
  for (std::uint32_t task = 0; task < results; ++task) {
    expected.push_back(reduced({place.basic}, small_kernel({.task = task, .is_tiny = true})));
  }
  const Contents found = contents_below(place.out);
  CHECK(found.size() == done);
  std::size_t wrong = 0;
  for (std::uint32_t number = 0; number < done; ++number) {
    const auto output = found.find(path_of(number));
    if (output == found.end() || output->second != expected[number % results]) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(links_in(place.out).size() == done - results);
}

TEST_CASE("cli_tree_many: memory holds only as many large kernels as are reduced in parallel") {
  const TreePlace place;
  constexpr int kernels = 24;
  constexpr std::size_t bytes = std::size_t{16} << 20U;
  for (std::uint32_t number = 0; number < kernels; ++number) {
    std::string kernel;
    const auto small = small_kernel({.task = number, .unasked = number});
    kernel.assign(small.begin(), small.end());
    kernel.resize(bytes);
    put(place.in / (std::to_string(number) + ".btf.gz"), compressed(kernel, Compression::gzip));
  }
  for (const long jobs : {1L, 2L}) {
    const MeasuredRun run = run_measured({"gen", place.in, place.out, place.basic, "-j" + std::to_string(jobs)});
    CHECK(run.status == 0);
    CAPTURE(jobs, run.peak_kib);
    constexpr long rest_kib = 40 << 10;
    constexpr long kernel_kib = bytes >> 10U;
    // While a kernel is decompressed into a growing buffer, up to three times its size is in use.
    if (!with_address_sanitizer) CHECK(run.peak_kib < rest_kib + 3 * jobs * kernel_kib);
  }
}

TEST_CASE("cli_tree_many: on a terminal one line shows the progress of a run, and is removed at the end") {
  const TreePlace place;
  constexpr std::uint32_t kernels = 300;
  for (std::uint32_t number = 0; number < kernels; ++number) {
    std::string kernel;
    const auto small = small_kernel(kernel_number(number));
    kernel.assign(small.begin(), small.end());
    kernel.resize(std::size_t{1} << 20U);
    put(place.in / (path_of(number) + ".gz"), compressed(kernel, Compression::gzip));
  }
  const TerminalRun run = run_on_terminal({"gen", place.in, place.out, place.basic, "-j1"});
  CAPTURE(run.text);
  CHECK(run.status == 0);
  const std::size_t lines = count_of(run.text, "\r");
  CHECK(lines > 2);
  CHECK_THAT(run.text, Contains(" kernels, ") && Contains("%, ") && Contains("/s, ") && Contains(" left: ") &&
                           Contains(".btf.gz"));
  // The line is cleared before the summary is printed.
  const std::size_t cleared = run.text.rfind("\r\x1b[K");
  REQUIRE(cleared != std::string::npos);
  CHECK_THAT(run.text.substr(cleared + 4),
             StartsWith("note: ") && Contains("\n" + place.in.string() + " -> ") && EndsWith("\r\n"));
  CHECK_THAT(run.text.substr(cleared + 4), !Contains(" left: "));
  std::istringstream stream(run.text.substr(0, cleared));
  for (std::string line; std::getline(stream, line, '\r');) CHECK(line.size() <= 79 + 3);

  CHECK_THAT(run_on_terminal({"gen", "-q", place.in, place.out, place.basic}).text, !Contains("\r"));
  const CommandResult elsewhere = place.gen();
  CHECK(elsewhere.err.empty());
  CHECK(count_of(elsewhere.out, "\n") == 3);
  CHECK_THAT(elsewhere.out, !Contains("\x1b"));
}

TEST_CASE(
    "cli_tree_many: --include, --exclude and --arch select by path, and files that are not selected are not opened") {
  const TreePlace place;
  for (const char* path : {"ubuntu/20.04/x86_64/a.btf", "ubuntu/20.04/arm64/a.btf", "ubuntu/18.04/amd64/b.btf.tar.xz",
                           "debian/12/x86_64/a.btf", "debian/12/aarch64/c.btf"}) {
    // All files are invalid: each opened file gives an error.
    put(place.in / path, "text");
  }
  const auto opened = [&](const std::vector<std::string>& options) {
    const json document = document_of(place.gen([&] {
      std::vector<std::string> all = options;
      all.push_back("--json");
      return all;
    }()));
    std::vector<std::string> files;
    if (!document.contains("errors")) return files;
    for (const json& error : document.at("errors")) {
      files.push_back(fs::path(error.at("file").get<std::string>()).lexically_relative(place.in).string());
    }
    CHECK(document.at("kernels").at("unselected") == 5 - files.size());
    return files;
  };
  using Files = std::vector<std::string>;
  CHECK(opened({"--include=ubuntu/**"}) ==
        Files{"ubuntu/18.04/amd64/b.btf.tar.xz", "ubuntu/20.04/arm64/a.btf", "ubuntu/20.04/x86_64/a.btf"});
  CHECK(opened({"--include=**/a.btf", "--include=**/c.btf", "--exclude", "debian"}) ==
        Files{"ubuntu/20.04/arm64/a.btf", "ubuntu/20.04/x86_64/a.btf"});
  CHECK(opened({"--include=**/b.btf"}) == Files{"ubuntu/18.04/amd64/b.btf.tar.xz"});
  for (const char* name : {"x86_64", "amd64", "x64", "x86"}) {
    CHECK(opened({"--arch", name}) ==
          Files{"debian/12/x86_64/a.btf", "ubuntu/18.04/amd64/b.btf.tar.xz", "ubuntu/20.04/x86_64/a.btf"});
  }
  for (const char* name : {"arm64", "aarch64", "arm64,s390x"}) {
    CHECK(opened({"--arch", name}) == Files{"debian/12/aarch64/c.btf", "ubuntu/20.04/arm64/a.btf"});
  }
  CHECK(opened({"--arch=arm64,x86_64", "--exclude=ubuntu/**"}) ==
        Files{"debian/12/aarch64/c.btf", "debian/12/x86_64/a.btf"});

  const CommandResult nothing = place.gen({"--arch=s390x"});
  CHECK(nothing.status == 1);
  CHECK_THAT(nothing.err, Contains("no kernel's BTF in it (0 other files, 5 not selected)"));
  CHECK_FALSE(fs::exists(place.out));
}

TEST_CASE("cli_tree_many: --arch also applies if INPUT is below the directory of an architecture") {
  const TreePlace place;
  put(place.in / "20.04/x86_64/5.4.0.btf", small_kernel({}));
  put(place.in / "20.04/x86_64/old/5.3.0.btf", small_kernel({}));
  const fs::path input = place.in / "20.04/x86_64";
  const auto run = [&](const std::string& command, const std::string& arch) {
    std::vector<std::string> arguments = {command, "--arch=" + arch, input};
    if (command != "check") arguments.push_back(place.out);
    arguments.push_back(place.basic);
    return run_min_btf(arguments);
  };
  REQUIRE(run("gen", "amd64").status == 0);
  CHECK(paths_in(place.out) == std::vector<std::string>{"5.4.0.btf", "old/5.3.0.btf"});
  CHECK(run("verify", "amd64").status == 0);
  CHECK(run("check", "amd64").err.empty());
  const CommandResult here = run_min_btf({"check", "--arch=x86", ".", place.basic}, {.directory = input});
  CHECK(here.status == 0);
  CHECK(here.err.empty());
  for (const char* command : {"gen", "verify", "check"}) {
    CAPTURE(command);
    const CommandResult none = run(command, "arm64");
    CHECK(none.status == 1);
    CHECK_THAT(none.err, EndsWith(": no kernel's BTF in it (0 other files, 2 not selected; " + input.string() +
                                  " is a directory of x86_64, and --arch is arm64)\n"));
  }
  // A directory of an architecture inside INPUT takes precedence.
  put(input / "arm64/5.4.0.btf", small_kernel({}));
  fs::remove_all(place.out);
  REQUIRE(run("gen", "aarch64").status == 0);
  CHECK(paths_in(place.out) == std::vector<std::string>{"arm64/5.4.0.btf"});
}

TEST_CASE("cli_tree_many: --arch=x86 means x86_64, and a warning counts the kernels of i386 that are not selected") {
  const TreePlace place;
  put(place.in / "debian/x86_64/a.btf", small_kernel({}));
  put(place.in / "debian/i386/a.btf", small_kernel({}));
  put(place.in / "debian/i386/a.failed", "");
  put(place.in / "debian/arm64/a.btf", small_kernel({}));
  put(place.in / "all.tar",
      TarForge().file("x86_64/b.btf", small_kernel({})).file("i686/b.btf", small_kernel({})).bytes());
  const std::string tar = place.directory.file("all.tar");
  REQUIRE(run_command({"tar", "--sort=name", "-C", place.in / "debian", "-cf", tar, "."}).status == 0);
  const std::string warning =
      "min-btf: warning: --arch=x86 is x86_64; 2 kernels of i386 are not selected (--arch=i386)\n";
  // The same with a cache, both when it is filled and when it is used.
  for (int i = 0; i < 2; ++i) {
    const CommandResult result = place.gen({"--arch=x86", "--cache", place.directory.file("cache")});
    CHECK(result.status == 0);
    CHECK(result.err == warning);
    CHECK(paths_in(place.out) == std::vector<std::string>{"debian/x86_64/a.btf", "x86_64/b.btf"});
  }
  CHECK(run_min_btf({"verify", "--arch=x86", place.in, place.out, place.basic}).err == warning);
  CHECK(run_min_btf({"check", "--arch=x86", place.in, place.basic}).err == warning);
  CHECK_THAT(run_min_btf({"check", "--arch=x86", tar, place.basic}).err,
             EndsWith("--arch=x86 is x86_64; 1 kernel of i386 is not selected (--arch=i386)\n"));
  CHECK(place.gen({"--arch=x86_64"}).err.empty());
  CHECK(place.gen({"--arch=x86,i386"}).err.empty());
}

TEST_CASE("cli_tree_many: the digests in a manifest are those of sha256sum") {
  const TreePlace place;
  const std::vector<std::uint8_t> kernel = small_kernel({.task = 1});
  put(place.in / "raw.btf", kernel);
  put(place.in / "repeated.btf", kernel);
  put(place.in / "vmlinux", contents_of(write_vmlinux(place.directory, "elf", small_kernel({.task = 2}))));
  put(place.in / "packed.btf.tar.xz", compressed(TarForge().file("./packed.btf", kernel).bytes(), Compression::xz));
  put(place.in / "all.tar", TarForge().file("t/a.btf", kernel).file("t/b.btf", small_kernel({.task = 3})).bytes());
  // Larger than 64 MiB: such a source is streamed, not held in memory.
  put(place.in / "large.tar", TarForge().file("t/c.btf", kernel).file("README", std::string(65 << 20, 'x')).bytes());
  const std::string tar = place.directory.file("whole.tar");
  REQUIRE(run_command({"tar", "-C", place.in, "--exclude=large.tar", "-cf", tar, "."}).status == 0);
  const std::string manifest = place.directory.file("manifest.json");
  const json schema = json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json"));
  const auto sum_of = [](const fs::path& file) { return run_command({"sha256sum", file}).out.substr(0, 64); };
  for (const std::string& input : {place.in.string(), tar}) {
    for (const std::string links : {"--links=symlink", "--links=copy", "--dedupe=off"}) {
      CAPTURE(input, links);
      fs::remove_all(place.out);
      std::vector<std::string> arguments = {"gen", input, place.out, place.basic, links, "--manifest", manifest};
      REQUIRE(run_min_btf(arguments).status == 0);
      const json plain = json::parse(contents_of(manifest));
      arguments.push_back("--manifest-sha256");
      REQUIRE(run_min_btf(arguments).status == 0);
      const json full = json::parse(contents_of(manifest));
      CHECK(schema_faults(schema, plain).empty());
      CHECK(schema_faults(schema, full).empty());
      CHECK(full.at("kernels").size() == (input == tar ? 6 : 7));
      for (std::size_t i = 0; i < full.at("kernels").size(); ++i) {
        const json& entry = full.at("kernels").at(i);
        CAPTURE(entry.at("output"));
        CHECK(entry.at("content_sha256") == sum_of(place.out / entry.at("output").get<std::string>()));
        CHECK(entry.at("source_sha256") ==
              sum_of(input == tar ? fs::path(tar) : place.in / entry.at("source").get<std::string>()));
        CHECK(plain.at("kernels").at(i).at("content_sha256") == entry.at("content_sha256"));
        CHECK_FALSE(plain.at("kernels").at(i).contains("source_sha256"));
      }
      CHECK(full.at("objects").at(0).at("sha256") == sum_of(place.basic));
      CHECK_FALSE(plain.at("objects").at(0).contains("sha256"));
    }
  }
  check_usage_error({"gen", place.in, place.out, place.basic, "--manifest-sha256"},
                    "--manifest-sha256 needs --manifest");
}

TEST_CASE("cli_tree_many: tree options are refused for one kernel, and inputs with conflicting outputs are an error") {
  const TreePlace place;
  const std::string kernel = place.directory.write("a.btf", kernel_btf());
  for (const char* option : {"--include=x", "--links=copy", "--manifest=x", "--cache=x", "--arch=x86_64"}) {
    const std::string name = std::string(option).substr(0, std::string(option).find('='));
    check_usage_error({"gen", kernel, place.directory.file("out.btf"), place.basic, option}, name);
  }
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "a.btf.xz", compressed(small_kernel({.task = 1}), Compression::xz));
  put(place.in / "b.btf", small_kernel({}));
  put(place.in / "b.btf.xz", compressed(small_kernel({.unasked = 1}), Compression::xz));
  put(place.in / "c.btf", small_kernel({}));
  put(place.in / "c.btf.xz", compressed(TarForge().file("c.btf/d.btf", small_kernel({})).bytes(), Compression::xz));
  // The same in a tar: every kernel that is left out is reported.
  const std::string tar = place.directory.file("all.tar");
  REQUIRE(run_command({"tar", "--sort=name", "-C", place.in, "-cf", tar, "."}).status == 0);
  for (const std::string& input : {place.in.string(), tar}) {
    fs::remove_all(place.out);
    const CommandResult result = run_min_btf({"gen", input, place.out, place.basic});
    CAPTURE(input);
    CHECK(result.status == 1);
    CHECK(count_of(result.err, "\n") == 2);
    CHECK_THAT(result.err, Contains("a.btf.xz: the output path a.btf is already used for ") &&
                               Contains(", which has a different result"));
    CHECK_THAT(result.err, Contains("c.btf: the output path c.btf is also a directory, of the output c.btf/d.btf"));
    CHECK(paths_in(place.out) == std::vector<std::string>{"a.btf", "b.btf", "c.btf/d.btf"});
    CHECK(contents_of(place.out / "a.btf") == reduced({place.basic}, small_kernel({})));
  }
}
