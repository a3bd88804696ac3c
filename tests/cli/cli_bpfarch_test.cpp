// SPDX-License-Identifier: BSD-2-Clause
// {bpfarch} in the words for objects: one run over several architectures gives each kernel the objects of its own
// architecture, and the result of one run for each architecture.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/json_schema.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Kernels of three architectures, two of them equal, and objects for each. The object for arm64 is also one of the
/// objects for x86.
struct Place {
  TempDir directory;
  std::string in = directory.file("in");
  std::string out = directory.file("out");
  std::string objects = directory.file("objects");

  Place() {
    put(in + "/d/x86_64/1.btf", kernel_btf("el"));
    put(in + "/d/x86_64/2.btf.tar.xz", compressed(TarForge().file("2.btf", kernel_btf("el")).bytes(), Compression::xz));
    put(in + "/d/x86_64/3.btf.gz", compressed(small_kernel({.task = 2}), Compression::gzip));
    put(in + "/d/arm64/1.btf", kernel_btf("el"));
    put(in + "/d/arm64/2.btf.tar.xz", compressed(TarForge().file("2.btf", kernel_btf("el")).bytes(), Compression::xz));
    put(in + "/d/s390x/1.btf", kernel_btf("eb"));
    put(in + "/all.tar", TarForge()
                             .file("t/x86_64/4.btf", small_kernel({.task = 3}))
                             .file("t/aarch64/4.btf", small_kernel({.task = 3}))
                             .symlink("t/aarch64/5.btf", "4.btf")
                             .bytes());
    object("p_x86_bpfel.o", "basic", "el");
    object("q_x86_bpfel.o", "ambiguous", "el");
    object("p_arm64_bpfel.o", "ambiguous", "el");
    object("p_s390_bpfeb.o", "basic", "eb");
  }

  void object(const std::string& path, const std::string& name, const std::string& order) const {
    put(fs::path(objects) / path, contents_of(bpf_object(name, order)));
  }

  /// Runs a command for the objects of all architectures.
  [[nodiscard]] CommandResult run(Words words, const Words& more = {}) const {
    words.insert(words.end(), {"--include-object=*_{bpfarch}_bpf*.o", objects});
    words.insert(words.begin() + 1, more.begin(), more.end());
    return run_min_btf(words);
  }

  /// Returns the outputs of one run for each architecture, with its objects only.
  [[nodiscard]] Contents one_by_one(const std::string& input) const {
    Contents all;
    const std::map<std::string, std::string> names = {{"x86_64", "x86"}, {"arm64", "arm64"}, {"s390x", "s390"}};
    for (const auto& [architecture, name] : names) {
      const std::string part = directory.file("part_" + architecture);
      fs::remove_all(part);
      const CommandResult result = run_min_btf({"gen", "--links=copy", "--arch=" + architecture,
                                                "--include-object=*_" + name + "_bpf*.o", input, part, objects});
      CHECK(result.status == 0);
      all.merge(contents_below(part));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("cli_bpfarch: one run gives what one run for each architecture gives, whatever INPUT is") {
  const Place place;
  const std::string kind = GENERATE(as<std::string>(), "directory", "tar", "tar.gz", "pack");
  std::string input = place.in;
  if (kind == "tar" || kind == "tar.gz") {
    const std::string tar = tar_bytes(place.in);
    input = place.directory.file("in." + kind);
    put(input, kind == "tar" ? bytes_of(tar) : compressed(tar, Compression::gzip));
  } else if (kind == "pack") {
    input = place.directory.file("in.pack");
    REQUIRE(run_min_btf({"pack", input, place.in}).status == 0);
  }
  CAPTURE(kind);
  const Contents expected = place.one_by_one(input);
  CHECK(expected.size() >= 8);  // a link in a tar in a tar is no output
  for (const std::string jobs : {"-j1", "-j4"}) {
    fs::remove_all(place.out);
    const CommandResult result = place.run({"gen", jobs, "--links=copy", input, place.out});
    CHECK(result.status == 0);
    CHECK_THAT(result.err, !Contains("error"));
    CHECK(differences(contents_below(place.out), expected).empty());
  }
  // Equal kernels of two architectures have other objects here.
  CHECK(expected.at("d/x86_64/1.btf") != expected.at("d/arm64/1.btf"));
  CHECK(expected.at("d/x86_64/2.btf") != expected.at("d/arm64/2.btf"));
  CHECK(expected.at("t/x86_64/4.btf") != expected.at("t/aarch64/4.btf"));

  const CommandResult verified = place.run({"verify", input, place.out});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, Contains("no difference"));
  const CommandResult together = run_min_btf({"verify", input, place.out, place.objects});
  CHECK(together.status == 3);
}

TEST_CASE("cli_bpfarch: standard input has no architecture, as a pipe and as a file in a directory of one") {
  const Place place;
  const std::string kernel = place.in + "/d/arm64/1.btf";
  const Words line = {"gen", "-q", "-", place.out, "--include-object=*_{bpfarch}_bpf*.o", place.objects};
  const CommandResult redirected = run_min_btf(line, {.stdin_path = kernel});
  const CommandResult result = run_command(joined({"sh", "-c", R"(cat "$0" | exec "$@")", kernel, TEST_BINARY}, line));
  CHECK(redirected.status == 1);
  CHECK(redirected.status == result.status);
  CHECK(redirected.err == result.err);
  CHECK_FALSE(redirected.err.empty());
  CHECK_FALSE(fs::exists(place.out));
}

TEST_CASE("cli_bpfarch: cached results belong to the objects of their architecture") {
  const Place place;
  const std::string cache = place.directory.file("cache");
  const auto gen = [&] {
    return place.run({"gen", "--links=copy", "--verify", "--cache=" + cache, place.in, place.out});
  };
  CHECK(gen().status == 0);
  CHECK(differences(contents_below(place.out), place.one_by_one(place.in)).empty());
  fs::remove_all(place.out);
  const CommandResult again = place.run({"gen", "--links=copy", "--cache=" + cache, place.in, place.out});
  CHECK_THAT(again.out, Contains("cache: 7 of 7 results reused"));
  CHECK(differences(contents_below(place.out), place.one_by_one(place.in)).empty());

  place.object("p_arm64_bpfel.o", "basic", "el");
  const CommandResult changed = place.run({"gen", "--links=copy", "--cache=" + cache, place.in, place.out});
  CHECK(changed.status == 0);
  CHECK(differences(contents_below(place.out), place.one_by_one(place.in)).empty());

  // The same objects for all kernels are other objects for some.
  fs::remove_all(place.out);
  CHECK(run_min_btf({"gen", "--links=copy", "--cache=" + cache, place.in, place.out, place.objects}).status == 0);
  CHECK_FALSE(differences(contents_below(place.out), place.one_by_one(place.in)).empty());
}

TEST_CASE("cli_bpfarch: reports and manifests list the architectures of each object") {
  const Place place;
  place.object("common.o", "no_core", "el");
  const std::string manifest = place.directory.file("manifest.json");
  const CommandResult result =
      place.run({"gen", "--json", "--manifest=" + manifest, place.in, place.out}, {"--include-object=common.o"});
  CHECK(result.status == 0);
  const json document = document_of(result);
  std::map<std::string, json> objects;
  for (const json& each : document.at("objects")) objects[fs::path(each.at("path")).filename()] = each;
  CHECK(objects.at("p_x86_bpfel.o").at("bpfarch") == json{"x86"});
  CHECK(objects.at("p_x86_bpfel.o").at("left_out") == 5);
  CHECK(objects.at("p_arm64_bpfel.o").at("left_out") == 5);
  CHECK(objects.at("p_s390_bpfeb.o").at("left_out") == 8);
  CHECK_FALSE(objects.at("common.o").contains("bpfarch"));
  const std::size_t x86 = objects.at("p_x86_bpfel.o").at("relocations").get<std::size_t>() +
                          objects.at("q_x86_bpfel.o").at("relocations").get<std::size_t>();
  CHECK(document.at("relocations").at("total") ==
        4 * x86 + 4 * objects.at("p_arm64_bpfel.o").at("relocations").get<std::size_t>() +
            objects.at("p_s390_bpfeb.o").at("relocations").get<std::size_t>());

  const json listed = json::parse(contents_of(manifest));
  const json schema = json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json"));
  CHECK(schema_faults(schema, listed).empty());
  for (const json& each : listed.at("objects")) {
    const std::string name = fs::path(each.at("path")).filename();
    CHECK(each.contains("bpfarch") == (name != "common.o"));
    if (name == "p_arm64_bpfel.o") CHECK(each.at("bpfarch") == json{"arm64"});
  }

  const json verified = document_of(place.run({"verify", "--json", place.in, place.out}));
  CHECK(verified.at("objects").size() == 4);
  CHECK(verified.at("objects").at(0).at("bpfarch") == json{"arm64"});
  CHECK(verified.at("objects").at(0).at("left_out") == 5);
}

TEST_CASE("cli_bpfarch: kernels of an architecture without objects fail by name, and the others are written") {
  const Place place;
  for (const char* name : {"1", "2", "3", "4", "5"}) {
    put(place.in + "/d/armhf/" + name + ".btf", kernel_btf("el"));
  }
  const CommandResult result = place.run({"gen", "--json", place.in, place.out});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("d/armhf/1.btf: no objects for arm: " + place.objects +
                                  ": no BPF object (*.o) in this directory or below it is selected; 4 files left out"));
  CHECK_THAT(result.err, Contains("2 more kernels: no objects for arm: "));
  CHECK(count_of(result.err, "error: ") == 4);
  CHECK(document_of(result).at("errors").size() == 5);
  CHECK(fs::exists(place.out + "/d/arm64/1.btf"));
  CHECK_FALSE(fs::exists(place.out + "/d/armhf"));

  CHECK(place.run({"check", place.in}).status == 1);
  CHECK(place.run({"verify", place.in, place.out}).status == 1);
  CHECK(place.run({"gen", "--arch=x86_64,arm64,s390x", place.in, place.out}).status == 0);
}

TEST_CASE("cli_bpfarch: a kernel whose path names no architecture fails, unless INPUT is in a directory of one") {
  const Place place;
  put(place.in + "/d/lost.btf", kernel_btf("el"));
  const CommandResult result = place.run({"gen", place.in, place.out});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("d/lost.btf: {bpfarch} needs the architecture of this kernel, and no directory of "
                                  "its path is named after one"));

  const std::string one = place.directory.file("one.btf");
  CHECK(place.run({"gen", place.in + "/d/x86_64/1.btf", one}).status == 0);
  CHECK(contents_of(one) == reduced({bpf_object("basic"), bpf_object("ambiguous")}));
  CHECK(place.run({"gen", place.in + "/d/arm64", place.directory.file("arm64")}).status == 0);
  CHECK(contents_of(place.directory.file("arm64/1.btf")) == reduced({bpf_object("ambiguous")}));

  const CommandResult lost = place.run({"gen", place.in + "/d/lost.btf", place.directory.file("none.btf")});
  CHECK(lost.status == 1);
  CHECK_FALSE(fs::exists(place.directory.file("none.btf")));
}

TEST_CASE("cli_bpfarch: an OBJECT word can name files and directories of each architecture") {
  const Place place;
  place.object("by/x86/p.o", "basic", "el");
  place.object("by/arm64/p.o", "ambiguous", "el");
  place.object("by/s390/p.o", "basic", "eb");
  for (const std::string word : {"/by/{bpfarch}", "/by/{bpfarch}/p.o"}) {
    CAPTURE(word);
    fs::remove_all(place.out);
    const CommandResult result = run_min_btf({"gen", "--links=copy", place.in, place.out, place.objects + word});
    CHECK(result.status == 0);
    CHECK(contents_of(place.out + "/d/x86_64/1.btf") == reduced({bpf_object("basic")}));
    CHECK(contents_of(place.out + "/d/arm64/1.btf") == reduced({bpf_object("ambiguous")}));
    CHECK(contents_of(place.out + "/d/s390x/1.btf") == reduced({bpf_object("basic", "eb")}, kernel_btf("eb")));
  }
  fs::remove(place.objects + "/by/s390/p.o");
  const CommandResult result = run_min_btf({"gen", place.in, place.out, place.objects + "/by/{bpfarch}/p.o"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("d/s390x/1.btf: no objects for s390: " + place.objects +
                                  "/by/s390/p.o: no such file or directory"));
}

TEST_CASE("cli_bpfarch: words that fit nothing, and other fields, are refused by name") {
  const Place place;
  const CommandResult none = run_min_btf({"gen", "--include-object=*-{bpfarch}.o", place.in, place.out, place.objects});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("no file matches '*-{bpfarch}.o'"));
  CHECK_FALSE(fs::exists(place.out));
  const CommandResult some = place.run({"gen", place.in, place.out}, {"--exclude-object=gone_{bpfarch}.o"});
  CHECK(some.status == 0);
  CHECK_THAT(some.err, Contains("--exclude-object=gone_{bpfarch}.o: matches no object in a directory"));
  for (const char* command : {"gen", "verify"}) {
    check_usage_error({command, "--exclude-object=*_{arch}.o", place.in, place.out, place.objects},
                      "--exclude-object=*_{arch}.o: unknown field {arch}; the only field is {bpfarch}");
  }
  check_usage_error({"check", "--include-object={machine}", place.in, place.objects}, "unknown field {machine}");
}

TEST_CASE("cli_bpfarch: check reports each object for the kernels of its architecture") {
  const Place place;
  place.object("p_mips_bpfeb.o", "basic", "eb");
  const CommandResult text = place.run({"check", place.in});
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("all 4 kernels of x86_64"));
  CHECK_THAT(text.out,
             Contains("p_s390_bpfeb.o: 3 programs relocate on d/s390x/1.btf") || Contains(": d/s390x/1.btf\n"));
  CHECK_THAT(text.out, Contains("p_mips_bpfeb.o: no kernel of its architecture"));
  CHECK_THAT(text.out, !Contains("byte order"));
  CHECK_THAT(text.out, Contains("9 kernels, 5 objects"));

  const json document = document_of(place.run({"check", "--json", place.in}));
  const json& objects = document.at("objects");
  REQUIRE(objects.size() == 5);
  const auto index = [&](const std::string& name) {
    const auto found =
        std::ranges::find_if(objects, [&](const json& each) { return fs::path(each.at("path")).filename() == name; });
    return static_cast<std::size_t>(found - objects.begin());
  };
  CHECK(objects.at(index("p_s390_bpfeb.o")).at("bpfarch") == json{"s390"});
  CHECK(objects.at(index("p_mips_bpfeb.o")).at("outcomes").empty());
  for (const json& kernel : document.at("kernels")) {
    const json& combination = document.at("combinations").at(kernel.at("combination").get<std::size_t>());
    const std::string directory = fs::path(kernel.at("directory")).filename();
    CAPTURE(directory);
    CHECK(combination.at(index("p_x86_bpfel.o")).is_null() == (directory != "x86_64"));
    CHECK(combination.at(index("p_s390_bpfeb.o")).is_null() == (directory != "s390x"));
    CHECK(combination.at(index("p_mips_bpfeb.o")).is_null());
  }

  // Each outcome is that of a run with the objects of one architecture.
  const json alone = document_of(
      run_min_btf({"check", "--json", "--arch=arm64", "--include-object=*_arm64_*", place.in, place.objects}));
  CHECK(alone.at("objects").at(0).at("outcomes") == objects.at(index("p_arm64_bpfel.o")).at("outcomes"));
}

TEST_CASE("cli_bpfarch: a link in a tar to a kernel of another architecture is an error") {
  const Place place;
  const std::string tar = place.directory.file("links.tar");
  put(tar, TarForge()
               .file("x86_64/1.btf", kernel_btf("el"))
               .symlink("x86_64/2.btf", "1.btf")
               .symlink("arm64/1.btf", "../x86_64/1.btf")
               .bytes());
  const CommandResult result = place.run({"gen", tar, place.out});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("arm64/1.btf: a link to x86_64/1.btf, whose architecture has other objects"));
  CHECK(fs::exists(place.out + "/x86_64/2.btf"));
  CHECK_FALSE(fs::exists(place.out + "/arm64"));
  // With the same objects for all kernels, the link is an output.
  CHECK(run_min_btf({"gen", tar, place.out, place.objects}).status == 0);
  CHECK(fs::exists(place.out + "/arm64/1.btf"));
}

TEST_CASE("cli_bpfarch: inspect prints the objects of all architectures") {
  const Place place;
  const json document = document_of(place.run({"inspect", "--json"}));
  CHECK(document.at("objects").size() == 4);
}
