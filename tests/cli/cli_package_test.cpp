// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of `gen` as a package: the forms of many kernels and of one, what verify and check read back, and the options.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const Words tar_names = {"x.tar", "x.tar.gz", "x.tgz", "x.tar.xz", "x.txz", "x.tar.zst", "x.tzst"};

std::string word_of(const std::string& name) {
  if (name == "x.tgz") return "tar.gz";
  if (name == "x.txz") return "tar.xz";
  return name == "x.tzst" ? "tar.zst" : name.substr(2);
}

/// A tree of five kernels in two directories. Two results are equal, and one of these two is a link in INPUT.
struct ManyKernels : TreePlace {
  ManyKernels() {
    put(in / "debian/12/x86_64/b.btf", small_kernel({.unasked = 1}));
    put(in / "debian/12/x86_64/a.btf", small_kernel({.unasked = 2}));
    put(in / "debian/12/x86_64-x.btf", small_kernel({.task = 1}));
    put(in / "ubuntu/20.04/x86_64/c.btf", small_kernel({.task = 2}));
    fs::create_directory_symlink("20.04", in / "ubuntu/22.04");
  }

  [[nodiscard]] std::string file(const std::string& name) const { return directory.file(name); }

  [[nodiscard]] Words command(const std::string& output, Words more = {}) const {
    Words arguments = joined({"gen", "-q"}, more);
    arguments.insert(arguments.end(), {in.string(), output, basic});
    return arguments;
  }
};

/// Returns what the system's tar unpacks. There must be regular files only.
Contents unpacked(const TempDir& directory, const std::string& archive) {
  const std::string target = directory.file("unpacked");
  fs::remove_all(target);
  fs::create_directory(target);
  const CommandResult result = run_command({"tar", "-xf", archive, "-C", target});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(links_in(target).empty());
  return contents_below(target);
}

std::string listing(const std::string& archive) {
  return run_command({"tar", "--utc", "--full-time", "--numeric-owner", "-tvf", archive}).out;
}

}  // namespace

TEST_CASE("cli_package: an archive has a regular file for each output of the tree, and equal bytes in each run") {
  const ManyKernels place;
  REQUIRE(run_min_btf(place.command(place.out.string())).status == 0);
  const Contents tree = contents_below(place.out);
  REQUIRE(tree.size() == 5);
  REQUIRE(links_in(place.out).size() == 2);
  for (const std::string& name : tar_names) {
    CAPTURE(name);
    const std::string output = place.file(name);
    CHECK(run_min_btf(place.command(output, {"-j1"})).status == 0);
    const std::string first = contents_of(output);
    CHECK(differences(unpacked(place.directory, output), tree) == Words{});
    CHECK(run_min_btf(place.command(output, {"-j3"})).status == 0);
    CHECK((contents_of(output) == first));

    // The same through standard output, a pipe and a name without a suffix.
    const std::string format = "--format=" + word_of(name);
    const CommandResult piped = run_min_btf(place.command("-", {format}));
    CHECK(piped.status == 0);
    CHECK((piped.out == first));
    const std::string plain = place.file("plain");
    CHECK(run_min_btf(place.command(plain, {format})).status == 0);
    CHECK((contents_of(plain) == first));
    CHECK(run_min_btf(place.command(output, {format})).status == 0);
  }
  // The paths are in the order of their bytes: `-` comes before `/`.
  CHECK(run_command({"tar", "-tf", place.file("x.tar")}).out ==
        "debian/12/x86_64-x.btf\n"
        "debian/12/x86_64/a.btf\n"
        "debian/12/x86_64/b.btf\n"
        "ubuntu/20.04/x86_64/c.btf\n"
        "ubuntu/22.04/x86_64/c.btf\n");
}

TEST_CASE("cli_package: a pipe gets the form that its name promises") {
  const ManyKernels place;
  REQUIRE(run_min_btf(place.command(place.file("x.tar.gz"))).status == 0);
  const std::string fifo = place.file("fifo.tar.gz");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = contents_of(fifo); });
  CHECK(run_min_btf(place.command(fifo)).status == 0);
  reader.join();
  CHECK((got == contents_of(place.file("x.tar.gz"))));
}

TEST_CASE("cli_package: members belong to nobody and have the time SOURCE_DATE_EPOCH or 0") {
  const ManyKernels place;
  const std::string output = place.file("x.tar.xz");
  for (const auto& [time, date] : {std::pair{"", "1970-01-01 00:00:00"}, std::pair{"86400", "1970-01-02 00:00:00"}}) {
    const CommandOptions dated{.in_child = [time = time] { ::setenv("SOURCE_DATE_EPOCH", time, 1); }};
    CHECK(run_min_btf(place.command(output), dated).status == 0);
    const std::string text = listing(output);
    CHECK(count_of(text, "\n") == 5);
    CHECK(count_of(text, "-rw-r--r-- 0/0 ") == 5);
    CHECK(count_of(text, date) == 5);
  }
  for (const char* time : {"yesterday", "8589934592"}) {
    const CommandOptions wrong{.in_child = [=] { ::setenv("SOURCE_DATE_EPOCH", time, 1); }};
    const CommandResult result = run_min_btf(place.command(output), wrong);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, StartsWith("min-btf: error: SOURCE_DATE_EPOCH: '" + std::string(time) + "' is "));
  }
}

TEST_CASE("cli_package: verify, check and gen read an archive as they read the tree") {
  const ManyKernels place;
  REQUIRE(run_min_btf(place.command(place.out.string())).status == 0);
  const std::string checked = run_min_btf({"check", place.out, place.basic}).out;
  REQUIRE(count_of(checked, "\n") > 1);
  for (const std::string& name : tar_names) {
    CAPTURE(name);
    const std::string output = place.file(name);
    REQUIRE(run_min_btf(place.command(output)).status == 0);
    const CommandResult verified = run_min_btf({"verify", place.in, output, place.basic});
    CHECK(verified.status == 0);
    CHECK(verified.err.empty());
    CHECK_THAT(verified.out,
               StartsWith(place.in.string() + " and " + output + ": 5 kernels, ") && EndsWith("; no difference\n"));
    CHECK(run_min_btf({"check", output, place.basic}).out == checked);
    const std::string again = place.file("again.tar");
    CHECK(run_min_btf({"gen", "-q", output, again, place.basic}).status == 0);
    CHECK(unpacked(place.directory, again) == contents_below(place.out));
  }
  // A package of other kernels differs: the comparison reads the contents.
  fs::remove(place.in / "ubuntu/20.04/x86_64/c.btf");
  put(place.in / "ubuntu/20.04/x86_64/c.btf", small_kernel({.task = 3}));
  CHECK(run_min_btf({"verify", place.in, place.file("x.tar.xz"), place.basic}).status == 3);
}

TEST_CASE("cli_package: one kernel is written as compressed BTF, or as a tar with one member") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  struct Row {
    const char* name;
    Words print;  ///< prints the BTF in the file
    std::string member;
  };
  const Row rows[] = {{"r.btf.gz", {"gzip", "-dc"}, ""},
                      {"r.btf.xz", {"xz", "-dc"}, ""},
                      {"r.btf.zst", {"zstd", "-dcq"}, ""},
                      {"vmlinux.xz", {"xz", "-dc"}, ""},
                      {"r.btf.tar", {"tar", "-xOf"}, "r.btf"},
                      {"r.btf.tar.gz", {"tar", "-xOf"}, "r.btf"},
                      {"r.btf.tar.xz", {"tar", "-xOf"}, "r.btf"},
                      {"r.btf.tar.zst", {"tar", "-xOf"}, "r.btf"},
                      {"r.btf.tgz", {"tar", "-xOf"}, "r.btf"},
                      // Any other tar has what the directory would have: a file of INPUT's name.
                      {"all.tar.xz", {"tar", "-xOf"}, "kernel.btf"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string output = place.directory.file(row.name);
    REQUIRE(run_min_btf({"gen", "-q", place.kernel, output, place.basic}).status == 0);
    Words print = row.print;
    print.push_back(output);
    CHECK(run_command(print).out == expected);
    if (!row.member.empty()) CHECK(run_command({"tar", "-tf", output}).out == row.member + "\n");
    CHECK(run_min_btf({"verify", "-q", place.kernel, output, place.basic}).status == 0);
    CHECK(run_min_btf({"check", "-q", output, place.basic}).status == 0);
    const std::string first = contents_of(output);
    CHECK(run_min_btf({"gen", "-q", place.kernel, output, place.basic}).status == 0);
    CHECK((contents_of(output) == first));
    // The package may be INPUT and OUTPUT, as raw BTF may.
    CHECK(run_min_btf({"gen", "-q", output, output, place.basic}).status == 0);
    CHECK(run_command(print).out == expected);
  }
}

TEST_CASE("cli_package: --format writes one kernel to standard output and into a directory") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  const CommandResult piped = run_min_btf({"gen", "-q", "--format=btf.xz", place.kernel, "-", place.basic});
  CHECK(run_command({"xz", "-dc", place.directory.write("piped.xz", piped.out)}).out == expected);
  const CommandResult tar =
      run_min_btf({"gen", "-q", "--format=tar", "-", "-", place.basic}, {.stdin_path = place.kernel});
  CHECK(run_command({"tar", "-tf", place.directory.write("piped.tar", tar.out)}).out == "stdin.btf\n");
  const std::string target = place.directory.file("d/");
  CHECK(run_min_btf({"gen", "-q", "--format=btf.gz", place.kernel, target, place.basic}).status == 0);
  CHECK(run_command({"gzip", "-dc", target + "kernel.btf.gz"}).out == expected);
  CHECK(run_min_btf({"gen", "-q", "--format=tar.xz", place.kernel, target, place.basic}).status == 0);
  CHECK(run_command({"tar", "-xOf", target + "kernel.btf.tar.xz", "kernel.btf"}).out == expected);
}

TEST_CASE("cli_package: names and options that do not fit are refused, and nothing is written") {
  const ManyKernels place;
  const std::string in = place.in.string();
  const std::string kernel = (place.in / "debian/12/x86_64/a.btf").string();
  const std::string tar = place.file("x.tar.xz");
  const auto check_refused = [&](Words options, const std::string& input, const std::string& output,
                                 const std::string& message) {
    Words arguments = joined({"gen"}, options);
    arguments.insert(arguments.end(), {input, output, place.basic});
    check_usage_error(arguments, message);
    CHECK(place.directory.entries() == Words{"d", "in"});
  };
  fs::create_directory(place.directory.path() / "d");
  const std::string d = place.file("d");
  check_refused({}, in, place.file("x.btf.xz"), "x.btf.xz: btf.xz is for one kernel, and INPUT " + in + " is a dir");
  check_refused({"--format=btf.gz"}, in, place.file("x"), "x: btf.gz is for one kernel, and INPUT " + in);
  check_refused({}, in, place.file("x.btf.tar.xz"),
                "x.btf.tar.xz: the name is that of an archive with one kernel, x.btf, and INPUT " + in);
  check_refused({"--format=tar.gz"}, in, tar, "OUTPUT " + tar + ": the name is that of tar.xz, but --format is tar.gz");
  check_refused({"--format=btf.xz"}, kernel, place.file("x.tar"), "the name is that of tar, but --format is btf.xz");
  check_refused({"--format=btf.xz"}, kernel, place.file("x.btf"), "the name is not that of btf.xz");
  check_refused({"--format=tar"}, in, d, "--format=tar writes one file, and OUTPUT " + d + " is a directory");
  check_refused({"--format=tar"}, in, place.file("new/"), "--format=tar writes one file, and OUTPUT ");
  check_refused({"--format=zip"}, in, place.file("x"), "--format: 'zip' is neither tar nor tar.gz");
  check_refused({}, in, "-", "or give --format=tar");
  check_refused({"--links=copy"}, in, tar, "--links is for a directory, and OUTPUT " + tar + " is an archive");
  check_refused({"--links=symlink"}, in, tar, "--links is for a directory");
  check_refused({"--manifest", place.file("m"), "--prune"}, in, tar, "--prune is for a directory");
  check_refused({"--manifest", tar}, in, tar, "the manifest and OUTPUT are both " + tar);
  check_refused({"--manifest", "-", "--format=tar"}, in, "-", "the manifest and OUTPUT are both standard output");
  check_refused({"--manifest", place.file("m.xz")}, in, tar, "m.xz: the name is that of an archive or compressed file");
  check_refused({"--manifest", place.file("m")}, kernel, tar, "--manifest");
  check_refused({}, in, (place.in / "x.tar").string(), "must not be in INPUT " + in);
  check_refused({"--cache", d}, in, d + "/x.tar", "would be in the cache");
  CHECK(fs::is_empty(d));
  const CommandResult both = run_min_btf(place.command("-", {"--format=tar", "--json"}));
  CHECK(both.status == 2);
  CHECK(both.err == "min-btf: error: --json and the package cannot both go to standard output; name another OUTPUT\n");
}

TEST_CASE("cli_package: an archive that is INPUT, and an object, are not replaced") {
  const ManyKernels place;
  const std::string tar = place.file("x.tar");
  REQUIRE(run_min_btf(place.command(tar)).status == 0);
  const std::string before = contents_of(tar);
  check_usage_error({"gen", tar, tar, place.basic}, "OUTPUT " + tar + " is INPUT " + tar);
  const std::string hard = place.file("hard.tar");
  fs::create_hard_link(tar, hard);
  check_usage_error({"gen", tar, hard, place.basic}, "OUTPUT " + hard + " is INPUT " + tar);
  fs::create_symlink(tar, place.file("soft.tar"));
  check_usage_error({"gen", tar, place.file("soft.tar"), place.basic}, " is INPUT " + tar);
  const CommandResult piped = run_min_btf({"gen", "-", tar, place.basic}, {.stdin_path = tar});
  CHECK(piped.status == 2);
  CHECK_THAT(piped.err, Contains("OUTPUT " + tar + " is INPUT standard input"));
  CHECK((contents_of(tar) == before));

  const std::string object = place.file("object.tar");
  fs::copy(place.basic, object);
  check_usage_error({"gen", place.in, object, object}, "OUTPUT " + object + " is OBJECT " + object);
  check_usage_error({"gen", place.in, object, place.basic}, "OUTPUT " + object + " is a BPF object");
  CHECK((contents_of(object) == contents_of(place.basic)));
}

TEST_CASE("cli_package: the manifest of an archive is that of a tree of copies") {
  const ManyKernels place;
  REQUIRE(
      run_min_btf(place.command(place.out.string(), {"--links=copy", "--manifest", place.file("tree.json")})).status ==
      0);
  const std::string tar = place.file("x.tar.gz");
  CHECK(run_min_btf(place.command(tar, {"--manifest", place.file("tar.json")})).status == 0);
  CHECK(contents_of(place.file("tar.json")) == contents_of(place.file("tree.json")));
  const json manifest = json::parse(contents_of(place.file("tar.json")));
  REQUIRE(manifest.at("kernels").size() == 5);
  Contents expected;
  for (const json& kernel : manifest.at("kernels")) {
    const auto path = kernel.at("output").get<std::string>();
    expected[path] = kernel.at("content_sha256").get<std::string>();
  }
  Contents found;
  for (const auto& [path, contents] : unpacked(place.directory, tar)) {
    found[path] = run_command({"sha256sum", place.directory.write("member", contents)}).out.substr(0, 64);
  }
  CHECK(found == expected);
  // To standard output, while the archive is a file.
  const CommandResult printed = run_min_btf(place.command(tar, {"--manifest", "-"}));
  CHECK(printed.out == contents_of(place.file("tar.json")));
}

TEST_CASE("cli_package: the summary and the JSON document have the bytes of the package") {
  const ManyKernels place;
  const std::string tar = place.file("x.tar");
  const CommandResult result = run_min_btf({"gen", "-v", place.in, tar, place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("\ndebian/12/x86_64/b.btf: ") && Contains("; equal to debian/12/x86_64/a.btf\n"));
  CHECK_THAT(result.out, Contains(place.in.string() + " -> " + tar + ": 5 kernels, ") &&
                             Contains(" as tar; 2 of 5 outputs are copies of others; "));
  CHECK(result.err.empty());
  const auto document = document_of(run_min_btf({"gen", "--json", place.in, tar, place.basic}));
  CHECK(document.at("package") == json{{"form", "tar"}, {"bytes", fs::file_size(tar)}});
  CHECK(document.at("output") == tar);
  const json& outputs = document.at("outputs");
  CHECK(outputs.at("files") == 5);
  CHECK(outputs.at("links") == 0);
  CHECK(outputs.at("distinct") == 3);
  CHECK_FALSE(outputs.contains("unchanged"));
  CHECK_FALSE(outputs.contains("pruned"));

  const std::string kernel = (place.in / "debian/12/x86_64/a.btf").string();
  const std::string packed = place.file("a.btf.xz");
  const auto one = document_of(run_min_btf({"gen", "--json", kernel, packed, place.basic}));
  CHECK(one.at("package") == json{{"form", "btf.xz"}, {"bytes", fs::file_size(packed)}});
  CHECK(one.at("output").at("bytes") == run_command({"xz", "-dc", packed}).out.size());
  CHECK_THAT(run_min_btf({"gen", kernel, packed, place.basic}).out,
             EndsWith("; " + std::to_string(fs::file_size(packed)) + " bytes as btf.xz\n"));
  CHECK(run_min_btf({"gen", kernel, place.file("a.btf"), place.basic}).out.find(" as ") == std::string::npos);
}

TEST_CASE("cli_package: --cache and --verify work, and give the same archive") {
  const ManyKernels place;
  const std::string tar = place.file("x.tar.xz");
  REQUIRE(run_min_btf(place.command(tar)).status == 0);
  const std::string expected = contents_of(tar);
  const std::string cache = place.file("cache");
  for (const char* reused : {"cache: 0 of ", "cache: 4 of 5 results reused"}) {
    fs::remove(tar);
    const CommandResult result = run_min_btf({"gen", "--cache", cache, place.in, tar, place.basic});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains(reused));
    CHECK((contents_of(tar) == expected));
  }
  const CommandResult verified = run_min_btf({"gen", "--verify", "--dedupe=off", place.in, tar, place.basic});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, EndsWith("; verified\n"));
  CHECK((contents_of(tar) == expected));
}
