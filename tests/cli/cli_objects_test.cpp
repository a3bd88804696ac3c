// SPDX-License-Identifier: BSD-2-Clause
// `min-btf objects`, run as a user does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/cli_case.hpp"
#include "support/embedded_objects.hpp"
#include "support/forge/ar_forge.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct ObjectsPlace {
  TempDir directory;
  std::string basic = contents_of(bpf_object("basic"));
  std::string big = contents_of(bpf_object("basic", "eb"));
  std::string calls = contents_of(bpf_object("calls"));
  std::string out = directory.file("out");

  [[nodiscard]] CommandResult objects(Words words) const {
    words.insert(words.begin(), "objects");
    return run_min_btf(words);
  }
  /// Returns the names and contents of the files in DIR.
  [[nodiscard]] std::map<std::string, std::string> written() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(out)) files[entry.path().filename()] = contents_of(entry.path());
    return files;
  }
};

/// Returns the programs of Debian's package, without its links; empty if it is not installed.
Words debian_tools() {
  const CommandResult listing = run_command({"dpkg", "-L", "libbpf-tools"});
  std::istringstream lines(listing.status == 0 ? listing.out : std::string());
  Words programs;
  for (std::string path; std::getline(lines, path);) {
    if (path.starts_with("/usr/sbin/") && !fs::is_symlink(path) && fs::is_regular_file(path)) programs.push_back(path);
  }
  return programs;
}

/// Debian 13 names the program of opensnoop.bpf.c opensnoop-libbpf.
std::string source_name(const fs::path& program) {
  const std::string name = program.filename();
  return name.substr(0, name.find("-libbpf"));
}

}  // namespace

TEST_CASE("cli_objects: the objects of libbpf-tools come out byte for byte, named after their sources") {
  const ObjectsPlace place;
  const Words programs = debian_tools();
  if (programs.empty()) return skip_test("Debian's package libbpf-tools is needed");
  const CommandResult result = place.objects(joined({"-o", place.out}, programs));
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out,
             Contains("opensnoop.bpf.o: ") && Contains("; in /usr/sbin/opensnoop") && Contains(" (.rodata)\n"));
  std::map<std::string, std::string> expected;
  for (const std::string& program : programs) {
    const auto objects = embedded_objects(bytes_of(contents_of(program)), source_name(program));
    REQUIRE(objects.size() == 1);
    expected[objects[0].name + ".bpf.o"] = std::string(objects[0].bytes.begin(), objects[0].bytes.end());
  }
  CHECK(expected.size() == programs.size());
  CHECK((place.written() == expected));
  const std::string count = std::to_string(programs.size());
  CHECK_THAT(result.out, EndsWith("\n" + count + " objects in " + count + " files -> " + place.out + "\n"));
  CHECK(run_min_btf({"inspect", place.out}).status == 0);
}

TEST_CASE("cli_objects: an object in a Go program that embeds it is found") {
  const ObjectsPlace place;
  if (run_command({"sh", "-c", "command -v go"}).status != 0) return skip_test("Debian's package golang-go is needed");
  static_cast<void>(place.directory.write("go.mod", "module embedding\ngo 1.19\n"));
  static_cast<void>(place.directory.write("x_bpfel.o", place.basic));
  static_cast<void>(place.directory.write("main.go", R"(package main

import (
	_ "embed"
	"os"
)

//go:embed x_bpfel.o
var object []byte

//go:embed x_bpfel.o
var text string

func main() { os.Stdout.Write(object); os.Stdout.WriteString(text) }
)"));
  const CommandResult built = run_command(
      {"sh", "-c",
       "HOME=$PWD GOCACHE=" TEST_GO_CACHE " CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local go build -o tool . 2>&1"},
      {.directory = place.directory.path().string()});
  CAPTURE(built.out);
  REQUIRE(built.status == 0);
  const CommandResult result = place.objects({"-o", place.out, place.directory.file("tool")});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, StartsWith("basic.bpf.o: "));
  CHECK((place.written() == std::map<std::string, std::string>{{"basic.bpf.o", place.basic}}));
}

TEST_CASE("cli_objects: an object in the data of a C program is found, stripped or not") {
  const ObjectsPlace place;
  static_cast<void>(place.directory.write("x.bpf.o", place.calls));
  REQUIRE(run_min_btf({"embed", "--symbol=skeleton", place.directory.file("x.bpf.o"), place.directory.file("x.o")})
              .status == 0);
  static_cast<void>(place.directory.write("main.c", R"(
extern const char skeleton_start[];
int main(int argc, char **argv) { return skeleton_start[argc]; }
)"));
  const auto run = [&](const Words& words) {
    return run_command(words, {.directory = place.directory.path().string()});
  };
  REQUIRE(run({"cc", "main.c", "x.o", "-o", "tool"}).status == 0);
  CHECK_THAT(place.objects({place.directory.file("tool")}).out, Contains(" (.rodata, skeleton_start)\n"));
  REQUIRE(run({"strip", "tool"}).status == 0);
  const CommandResult result = place.objects({"-o", place.out, place.directory.file("tool")});
  CHECK_THAT(result.out, StartsWith("calls.bpf.o: ") && Contains(" (.rodata)\n"));
  CHECK((place.written() == std::map<std::string, std::string>{{"calls.bpf.o", place.calls}}));
}

TEST_CASE("cli_objects: objects of static libraries, tars and Debian packages are listed once, with their places") {
  const ObjectsPlace place;
  static_cast<void>(place.directory.write("one.bpf.o", place.basic));
  static_cast<void>(place.directory.write("two_with_a_long_name.bpf.o", place.calls));
  const auto run = [&](const Words& words) {
    return run_command(words, {.directory = place.directory.path().string()});
  };
  REQUIRE(run({"ar", "rc", "lib.a", "one.bpf.o", "two_with_a_long_name.bpf.o"}).status == 0);
  REQUIRE(run({"tar", "-cJf", "all.tar.xz", "lib.a", "one.bpf.o"}).status == 0);
  const std::string library = place.directory.file("lib.a");
  const std::string tar = place.directory.file("all.tar.xz");
  const CommandResult few = place.objects({library, tar});
  CHECK(few.status == 0);
  CHECK(few.err.empty());
  CHECK_THAT(few.out,
             StartsWith("one.bpf.o: " + std::to_string(place.basic.size()) + " bytes, 2 programs, 6 relocations; in " +
                        library + ": one.bpf.o and 2 other places\n"));
  CHECK_THAT(few.out, Contains("\ntwo_with_a_long_name.bpf.o: "));
  CHECK_THAT(few.out, EndsWith("\n2 objects in 2 files; 3 found again\n"));
  const CommandResult all = place.objects({"-v", library, tar});
  CHECK_THAT(all.out, Contains("\n  also in " + tar + ": lib.a:one.bpf.o\n  also in " + tar + ": one.bpf.o\n"));
  CHECK(place.objects({"-q", library, tar}).out.empty());

  const json document = document_of(place.objects({"--json", library, tar, TEST_SOURCE_DIR "/README.md"}));
  CHECK(document.at("files") == 3);
  CHECK(document.at("files_without_objects") == json::array({TEST_SOURCE_DIR "/README.md"}));
  REQUIRE(document.at("objects").size() == 2);
  const json& object = document.at("objects").at(0);
  CHECK(object.at("name") == "one.bpf.o");
  CHECK_FALSE(object.contains("path"));
  CHECK(object.at("bytes") == place.basic.size());
  CHECK(object.at("byte_order") == "little");
  CHECK(object.at("programs") == 2);
  CHECK(object.at("relocations") == 6);
  CHECK_THAT(object.at("source").get<std::string>(), EndsWith("basic.bpf.c"));
  REQUIRE(object.at("places").size() == 3);
  CHECK(object.at("places").at(1) ==
        json{{"file", tar}, {"member", "lib.a:one.bpf.o"}, {"offset", 0}, {"whole", true}});
}

TEST_CASE("cli_objects: the first 20 warnings about incomplete objects are printed, and all with -v") {
  const ObjectsPlace place;
  std::string bytes;
  std::string header = place.basic.substr(0, 64);
  header.replace(40, 4, "\xff\xff\xff\xff");  // e_shoff: behind the end
  for (int i = 0; i < 500; ++i) bytes += header;
  const std::string file = place.directory.write("tool", bytes + place.basic);
  const auto lines = [](const CommandResult& result) { return std::ranges::count(result.err, '\n'); };
  const CommandResult few = place.objects({file});
  CHECK(few.status == 0);
  CHECK(lines(few) == 21);
  CHECK_THAT(few.err,
             Contains(": 0x0: a BPF object here is incomplete: its sections reach beyond the end; left out\n") &&
                 EndsWith("warning: and 480 more; -v lists them\n"));
  CHECK(lines(place.objects({"-v", file})) == 500);
  CHECK(place.objects({"-q", file}).err.empty());
}

TEST_CASE("cli_objects: different objects with one name are all written, and equal ones once") {
  const ObjectsPlace place;
  const std::string tar = place.directory.write("all.tar", TarForge()
                                                               .file("el/x.bpf.o", place.basic)
                                                               .file("eb/x.bpf.o", place.big)
                                                               .file("copy/x.bpf.o", place.basic)
                                                               .file("y/x.bpf.o", place.calls)
                                                               .bytes());
  const CommandResult result = place.objects({"-o", place.out + "/deep/", tar});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("x.bpf.2.o: " + std::to_string(place.big.size()) + " bytes, big-endian, "));
  CHECK(contents_of(place.out + "/deep/x.bpf.o") == place.basic);
  CHECK(contents_of(place.out + "/deep/x.bpf.2.o") == place.big);
  CHECK(contents_of(place.out + "/deep/x.bpf.3.o") == place.calls);
  const json document = document_of(place.objects({"--json", "-o", place.out, tar}));
  CHECK(document.at("directory") == place.out);
  CHECK(document.at("objects").at(1).at("path") == place.out + "/x.bpf.2.o");
}

TEST_CASE("cli_objects: a file in DIR is replaced if it is a BPF object, and any other file is an error") {
  const ObjectsPlace place;
  const std::string file = place.directory.write("x.bpf.o", place.basic);
  const std::string other = place.directory.write("y.bpf.o", place.calls);
  fs::create_directory(place.out);
  static_cast<void>(place.directory.write("out/x.bpf.o", place.big));
  CHECK(place.objects({"-o", place.out, file}).status == 0);
  CHECK((place.written() == std::map<std::string, std::string>{{"x.bpf.o", place.basic}}));
  const auto time = fs::last_write_time(place.out + "/x.bpf.o");
  CHECK(place.objects({"-o", place.out, file}).status == 0);
  CHECK(fs::last_write_time(place.out + "/x.bpf.o") == time);

  static_cast<void>(place.directory.write("out/y.bpf.o", "precious"));
  static_cast<void>(place.directory.write("out/x.bpf.o", place.big));
  const CommandResult refused = place.objects({"-o", place.out, file, other});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("out/y.bpf.o: not replaced, because it is not a BPF object, but a text file"));
  CHECK(place.written().at("y.bpf.o") == "precious");
  CHECK((place.written().at("x.bpf.o") == place.big));  // nothing is written

  // FILE itself is an object in DIR.
  CHECK(place.objects({"-o", place.directory.path().string(), file}).status == 0);
  CHECK((contents_of(file) == place.basic));
  const std::string both = place.directory.write("both.tar", TarForge().file("x.bpf.o", place.calls).bytes());
  const CommandResult own = place.objects({"-o", place.directory.path().string(), both, file});
  CHECK(own.status == 1);
  CHECK_THAT(own.err, Contains("not replaced, because it is one of the FILEs, and has other contents"));
  CHECK((contents_of(file) == place.basic));
  CHECK(place.objects({"-o", file, other}).status == 1);
  CHECK((contents_of(file) == place.basic));
}

TEST_CASE("cli_objects: links in DIR are replaced, and nothing is written outside of DIR") {
  const ObjectsPlace place;
  const std::string tar = place.directory.write(
      "x.tar", TarForge().file("a.o", place.basic).file("b.o", place.calls).file("c.o", place.big).bytes());
  const std::string victim = place.directory.write("victim.o", place.big);
  const std::string equal = place.directory.write("equal.o", place.calls);
  fs::create_directories(place.out);
  fs::create_directory(place.directory.file("elsewhere"));
  fs::create_symlink("../victim.o", place.out + "/a.o");
  fs::create_symlink("../equal.o", place.out + "/b.o");
  fs::create_symlink("../elsewhere", place.out + "/c.o");
  const CommandResult result = place.objects({"-o", place.out, tar});
  CHECK(result.err.empty());
  CHECK(result.status == 0);
  CHECK((contents_of(victim) == place.big));
  CHECK((contents_of(equal) == place.calls));
  CHECK(fs::is_empty(place.directory.file("elsewhere")));
  for (const auto& [name, bytes] :
       std::map<std::string, std::string>{{"a.o", place.basic}, {"b.o", place.calls}, {"c.o", place.big}}) {
    CAPTURE(name);
    CHECK(fs::is_regular_file(fs::symlink_status(place.out + "/" + name)));
    CHECK((contents_of(place.out + "/" + name) == bytes));
  }

  // Dangling links, and links to themselves.
  for (const char* target : {"../new.o", "a.o"}) {
    fs::remove(place.out + "/a.o");
    fs::create_symlink(target, place.out + "/a.o");
    CHECK(place.objects({"-o", place.out, tar}).status == 0);
    CHECK_FALSE(fs::is_symlink(place.out + "/a.o"));
    CHECK_FALSE(fs::exists(place.directory.file("new.o")));
  }

  // Another name of a replaced file keeps the old contents, and the new file the mode.
  fs::remove(place.out + "/a.o");
  fs::create_hard_link(victim, place.out + "/a.o");
  fs::permissions(victim, fs::perms(0600));
  CHECK(place.objects({"-o", place.out, tar}).status == 0);
  CHECK((contents_of(victim) == place.big));
  CHECK((contents_of(place.out + "/a.o") == place.basic));
  CHECK(fs::status(place.out + "/a.o").permissions() == fs::perms(0600));
}

TEST_CASE("cli_objects: without an object, or with a FILE that cannot be read, the exit status is 1") {
  const ObjectsPlace place;
  const std::string text = place.directory.write("text", "no object");
  const std::string good = place.directory.write("good.o", place.basic);
  const CommandResult none = place.objects({"-o", place.out, text});
  CHECK(none.status == 1);
  CHECK(none.err == "min-btf: error: " + text + ": no BPF object in this file\n");
  CHECK_FALSE(fs::exists(place.out));
  CHECK_THAT(place.objects({text, TEST_BINARY}).err,
             Contains(text + ": no BPF object in this file, and none in 1 other file\n"));
  const CommandResult some = place.objects({text, good});
  CHECK(some.status == 0);
  CHECK_THAT(some.out, EndsWith("\n1 object in 2 files; 1 file without an object\n"));

  const std::string cut = place.directory.write("cut.o", place.basic.substr(0, place.basic.size() - 1));
  const CommandResult incomplete = place.objects({cut});
  CHECK(incomplete.status == 1);
  CHECK_THAT(incomplete.err, StartsWith("min-btf: warning: " + cut + ": 0x0: a BPF object here is incomplete: "));

  const std::string missing = place.directory.file("missing");
  const std::string tar = place.directory.write("cut.tar.gz", "\x1f\x8b\x08 damaged");
  const CommandResult failed = place.objects({"-o", place.out, missing, good, tar, place.directory.path().string()});
  CHECK(failed.status == 1);
  CHECK(count_of(failed.err, "min-btf: error: ") == 3);
  CHECK((place.written() == std::map<std::string, std::string>{{"good.o", place.basic}}));
  const json document = document_of(place.objects({"--json", missing, good}));
  CHECK(document.at("error") == json{{"kind", "files"}, {"message", "1 file failed"}});
  CHECK(document.at("errors").size() == 1);
  CHECK(document.at("objects").size() == 1);
}

TEST_CASE("cli_objects: wrong words are usage errors, and standard input can be FILE") {
  const ObjectsPlace place;
  check_usage_error({"objects"}, "objects needs at least one FILE");
  check_usage_error({"objects", "-o", "", "x"}, "--output");
  check_usage_error({"objects", "-q", "-v", "x"}, "--quiet");
  check_usage_error({"objects", "--max-member-size=x", "x"}, "--max-member-size: 'x' is not a size");
  const std::string file = place.directory.write("x.bpf.o", place.basic);
  const CommandResult result = run_min_btf({"objects", "-"}, {.stdin_path = file});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, StartsWith("basic.bpf.o: ") && Contains("; in standard input\n"));
  CHECK_THAT(run_min_btf({"help", "objects"}).out, StartsWith("Usage: min-btf objects ") && Contains("--output"));
}

TEST_CASE("cli_objects: a full disk leaves no incomplete object") {
  const ObjectsPlace place;
  const SmallDisk disk;
  if (!disk.is_mounted()) return skip_test("no permission to mount");
  TarForge tar;
  for (int i = 0; i < 60; ++i) {
    std::string object = place.basic;
    object.back() = static_cast<char>(i);  // in the last section header
    tar.file(std::to_string(i) + ".o", object);
  }
  const CommandResult result =
      place.objects({"-o", disk.directory().path().string(), place.directory.write("all.tar", tar.bytes())});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("No space left on device"));
  for (const std::string& name : disk.directory().entries()) {
    CHECK(name.ends_with(".o"));
    CHECK(fs::file_size(disk.directory().path() / name) == place.basic.size());
  }
}

TEST_CASE("cli_objects: other commands point to objects for a program, an archive and compressed data") {
  const ObjectsPlace place;
  const std::string library = place.directory.write("lib.a", ArForge().member("x.o/", place.basic).bytes());
  const std::string tar = place.directory.write("x.tar", TarForge().file("x.o", place.basic).bytes());
  const std::string packed = place.directory.write("x.o.gz", compressed(place.basic, Compression::gzip));
  const Workplace work;
  for (const std::string& file : {library, tar, packed, std::string(TEST_BINARY)}) {
    for (const Words& words : {Words{"gen", work.kernel, work.output, file}, Words{"check", work.kernel, file},
                               Words{"verify", work.kernel, work.kernel, file}, Words{"inspect", file}}) {
      CAPTURE(words);
      const CommandResult result = run_min_btf(words);
      CHECK(result.status == 1);
      CHECK_THAT(result.err, StartsWith("min-btf: error: " + file + ": not a BPF object, but ") &&
                                 EndsWith(" ('min-btf objects' takes BPF objects out of programs and archives)\n"));
    }
  }
  CHECK_THAT(run_min_btf({"inspect", work.kernel}).err, !Contains("min-btf objects"));
}
