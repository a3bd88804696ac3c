// SPDX-License-Identifier: BSD-2-Clause
// `min-btf ship`, run as a user does.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A tree as `gen` makes it: kernels of two architectures and four distributions, one of them a link.
struct ShipPlace {
  TempDir directory;
  fs::path reduced = directory.path() / "reduced";

  ShipPlace() {
    put(reduced / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf", numbered_kernel(1));
    put(reduced / "debian/12/arm64/6.1.0-50-arm64.btf", numbered_kernel(2));
    put(reduced / "centos/8/x86_64/4.18.0-305.el8.x86_64.btf", numbered_kernel(3));
    put(reduced / "amzn/2/arm64/4.14.amzn2.aarch64.btf", numbered_kernel(4));
    fs::create_symlink("4.14.amzn2.aarch64.btf", reduced / "amzn/2/arm64/4.15.amzn2.aarch64.btf");
  }

  [[nodiscard]] std::string path(const char* name) const { return directory.file(name); }

  [[nodiscard]] CommandResult ship(Words words, const CommandOptions& options = {}) const {
    words.insert(words.begin(), "ship");
    return run_min_btf(std::move(words), options);
  }
};

/// Returns the files in a tar, compressed or not. Names are as in the headers, with `./` and doubled slashes.
Contents members_of(const fs::path& tar) {
  const CommandResult list = run_command({"tar", "--list", "--quoting-style=literal", "--file", tar});
  REQUIRE(list.status == 0);
  Contents members;
  std::istringstream names(list.out);
  for (std::string name; std::getline(names, name);) {
    const CommandResult member =
        run_command({"tar", "--extract", "--to-stdout", "--no-wildcards", "--file", tar, name});
    REQUIRE(member.status == 0);
    members[name] = member.out;
  }
  return members;
}

/// Returns the bytes of the BTF that libbpf finds in an ELF file.
std::string btf_by_libbpf(const std::string& path) {
  struct btf* const found = ::btf__parse_elf(path.c_str(), nullptr);
  if (::libbpf_get_error(found) != 0) return {};
  __u32 size = 0;
  const void* const data = ::btf__raw_data(found, &size);
  std::string bytes(static_cast<const char*>(data), size);
  ::btf__free(found);
  return bytes;
}

}  // namespace

TEST_CASE("cli_ship: bcc is a tar.gz with quotes, MACHINE, ./ and aliases, and the same bytes in each run") {
  const ShipPlace place;
  const CommandResult result = place.ship({"bcc", place.reduced, place.path("min_core_btfs.tar.gz")});
  CHECK(result.err.empty());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, StartsWith(place.reduced.string() + " -> " + place.path("min_core_btfs.tar.gz") +
                                    ": 5 kernels, 19 names (14 of them aliases); "));
  const Contents members = members_of(place.path("min_core_btfs.tar.gz"));
  CHECK(members.size() == 19);
  CHECK(members.at("./ubuntu/20.04/x86_64/5.4.0-42-generic.btf") == as_text(numbered_kernel(1)));
  CHECK(members.at("./debian/12/aarch64/6.1.0-50-arm64.btf") == as_text(numbered_kernel(2)));
  CHECK(members.at("./\"amzn\"/2/aarch64/4.15.amzn2.aarch64.btf") == as_text(numbered_kernel(4)));
  for (const char* name : {"\"centos\"/8", "\"rhel\"/8.4", "\"rhel\"/8.5", "\"rocky\"/8.4", "\"ol\"/8.5"}) {
    CHECK(members.at("./" + std::string(name) + "/x86_64/4.18.0-305.el8.x86_64.btf") == as_text(numbered_kernel(3)));
  }
  const std::string bytes = contents_of(place.path("min_core_btfs.tar.gz"));
  CHECK(bytes.substr(0, 4) == std::string("\x1f\x8b\x08\x00", 4));
  CHECK(bytes.substr(4, 4) == std::string(4, '\0'));
  CHECK(place.ship({"bcc", place.reduced, place.path("again.tar.gz")}).status == 0);
  CHECK(contents_of(place.path("again.tar.gz")) == bytes);
}

TEST_CASE("cli_ship: tracee and kyanos are directories of regular files with MACHINE") {
  const ShipPlace place;
  const auto [name, unused] = GENERATE(std::pair{"tracee", 0}, std::pair{"kyanos", 0});
  CHECK(place.ship({name, "--no-alias", place.reduced, place.path("out")}).status == 0);
  const Contents expected = {{"ubuntu/20.04/x86_64/5.4.0-42-generic.btf", as_text(numbered_kernel(1))},
                             {"debian/12/aarch64/6.1.0-50-arm64.btf", as_text(numbered_kernel(2))},
                             {"centos/8/x86_64/4.18.0-305.el8.x86_64.btf", as_text(numbered_kernel(3))},
                             {"amzn/2/aarch64/4.14.amzn2.aarch64.btf", as_text(numbered_kernel(4))},
                             {"amzn/2/aarch64/4.15.amzn2.aarch64.btf", as_text(numbered_kernel(4))}};
  CHECK(differences(contents_below(place.path("out")), expected).empty());
  CHECK(links_in(place.path("out")).empty());
}

TEST_CASE("cli_ship: aliases in a directory are copies, and their bytes are reported") {
  const ShipPlace place;
  const json document = document_of(place.ship({"tracee", "--json", place.reduced, place.path("out")}));
  const json& output = document.at("outputs").at(0);
  CHECK(output.at("kernels") == 5);
  CHECK(output.at("names") == 19);
  CHECK(output.at("aliases") == 14);
  CHECK(output.at("alias_bytes") == 14 * numbered_kernel(3).size());
  CHECK(output.at("architectures") == json{"arm64", "x86_64"});
  CHECK(output.at("files").size() == 19);
  CHECK(links_in(place.path("out")).empty());
  CHECK(contents_of(place.path("out") + "/rocky/8.5/x86_64/4.18.0-305.el8.x86_64.btf") == as_text(numbered_kernel(3)));
}

TEST_CASE("cli_ship: a preset for one architecture needs --arch or a field in OUTPUT") {
  const ShipPlace place;
  const auto name = GENERATE("ig", "boot");
  check_usage_error({"ship", name, place.reduced, place.path("out")},
                    std::string(name) + " makes one OUTPUT for each architecture, and REDUCED has arm64, x86_64");
  CHECK_FALSE(fs::exists(place.path("out")));
  CHECK(place.ship({name, "--arch=aarch64", place.reduced, place.path("out")}).status == 0);
  CHECK(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: ig leaves out distributions with quotes and names them, and ig-oci carries them") {
  const ShipPlace place;
  const CommandResult ig = place.ship({"ig", place.reduced, place.path("btfs") + "/{bpfarch}"});
  CHECK(ig.status == 0);
  CHECK(count_of(ig.err, ": not in OUTPUT: go:embed refuses names with \"\n") == 3);
  CHECK_THAT(ig.err, StartsWith("min-btf: warning: amzn/2/arm64/4.14.amzn2.aarch64.btf: not in OUTPUT: "));
  CHECK(paths_of(contents_below(place.path("btfs"))) ==
        Words{"arm64/debian/12/aarch64/6.1.0-50-arm64.btf", "x86/ubuntu/20.04/x86_64/5.4.0-42-generic.btf"});
  const CommandResult oci = place.ship({"ig-oci", "--no-alias", place.reduced, place.path("{arch}.tar.gz")});
  CHECK(oci.err.empty());
  CHECK(paths_of(members_of(place.path("x86_64.tar.gz"))) ==
        Words{"\"centos\"/8/x86_64/4.18.0-305.el8.x86_64.btf", "ubuntu/20.04/x86_64/5.4.0-42-generic.btf"});
  CHECK(members_of(place.path("arm64.tar.gz")).size() == 3);
}

TEST_CASE("cli_ship: datadog is a tar.xz of tar.xz files with one member each") {
  const ShipPlace place;
  put(place.reduced / "kylin/V10/x86_64/4.19.btf", numbered_kernel(5));
  const CommandResult result = place.ship({"datadog", "--arch=x86_64", place.reduced, place.path("") + "/"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err,
             Contains("kylin/V10/x86_64/4.19.btf: not in OUTPUT: the consumer does not know the distribution kylin\n"));
  const Contents members = members_of(place.path("minimized-btfs.tar.xz"));
  CHECK(paths_of(members) ==
        Words{"centos/4.18.0-305.el8.x86_64.btf.tar.xz", "ubuntu/20.04/5.4.0-42-generic.btf.tar.xz"});
  put(place.path("inner.tar.xz"), members.at("ubuntu/20.04/5.4.0-42-generic.btf.tar.xz"));
  CHECK(members_of(place.path("inner.tar.xz")) == Contents{{"5.4.0-42-generic.btf", as_text(numbered_kernel(1))}});
}

TEST_CASE("cli_ship: bpf-compatible has the directory ./btfhub-archive, and no quotes") {
  const ShipPlace place;
  CHECK(place.ship({"bpf-compatible", "--no-alias", place.reduced, place.path("x.tgz")}).status == 0);
  const Words names = paths_of(members_of(place.path("x.tgz")));
  CHECK(names.size() == 5);
  CHECK(names.front() == "./btfhub-archive/amzn/2/aarch64/4.14.amzn2.aarch64.btf");
}

TEST_CASE("cli_ship: btfhub has BTFHub's names and packed files, which ship reads again") {
  const ShipPlace place;
  CHECK(place.ship({"btfhub", "--no-alias", place.reduced, place.path("hub")}).status == 0);
  const Contents files = contents_below(place.path("hub"));
  CHECK(files.size() == 5);
  REQUIRE(files.contains("debian/12/arm64/6.1.0-50-arm64.btf.tar.xz"));
  CHECK(members_of(place.path("hub") + "/debian/12/arm64/6.1.0-50-arm64.btf.tar.xz") ==
        Contents{{"6.1.0-50-arm64.btf", as_text(numbered_kernel(2))}});
  CHECK(
      place.ship({"--path", "{id}/{version}/{arch}/{release}.btf", "--no-alias", place.path("hub"), place.path("raw")})
          .status == 0);
  CHECK(differences(contents_below(place.path("raw")), contents_below(place.reduced)).empty());
}

TEST_CASE("cli_ship: boot writes ELF files that libbpf reads") {
  const ShipPlace place;
  CHECK(place.ship({"boot", "--arch=x86_64", place.reduced, place.path("boot")}).status == 0);
  CHECK(paths_of(contents_below(place.path("boot"))) ==
        Words{"vmlinux-4.18.0-305.el8.x86_64", "vmlinux-5.4.0-42-generic"});
  CHECK(btf_by_libbpf(place.path("boot") + "/vmlinux-5.4.0-42-generic") == as_text(numbered_kernel(1)));
}

TEST_CASE("cli_ship: a tar, a compressed tar and standard input give what the directory gives") {
  const ShipPlace place;
  REQUIRE(place.ship({"bcc", place.reduced, place.path("expected.tar.gz")}).status == 0);
  const std::string expected = contents_of(place.path("expected.tar.gz"));
  for (const Words& command : {Words{"tar", "-cf", place.path("r.tar"), "-C", place.reduced, "."},
                               Words{"tar", "-cJf", place.path("r.tar"), "-C", place.directory.path(), "reduced"}}) {
    REQUIRE(run_command(command).status == 0);
    CHECK(place.ship({"bcc", place.path("r.tar"), place.path("out.tar.gz")}).err.empty());
    CHECK(contents_of(place.path("out.tar.gz")) == expected);
    CHECK(place.ship({"bcc", "-", place.path("stdin.tar.gz")}, {.stdin_path = place.path("r.tar")}).err.empty());
    CHECK(contents_of(place.path("stdin.tar.gz")) == expected);
    CHECK(place.ship({"bcc", place.path("r.tar"), "-"}).out == expected);
  }
}

TEST_CASE("cli_ship: a template makes a directory or an archive, with ./ only in the archive") {
  const ShipPlace place;
  const Words names = {"4.18.0-305.el8.x86_64_x86", "5.4.0-42-generic_x86"};
  CHECK(place.ship({"--path", "./{release}_{bpfarch}", "--arch=amd64", place.reduced, place.path("d")}).status == 0);
  CHECK(paths_of(contents_below(place.path("d"))) == names);
  CHECK(
      place.ship({"--path", "./{release}_{bpfarch}", "--arch=amd64", place.reduced, place.path("d.tar.zst")}).status ==
      0);
  CHECK(paths_of(members_of(place.path("d.tar.zst"))) == Words{"./" + names[0], "./" + names[1]});
  CHECK(place.ship({"--path", "{release}", "--format=tar.gz", place.reduced, place.path("x.bin")}).status == 0);
  CHECK(members_of(place.path("x.bin")).size() == 5);
  CHECK(place.ship({"--path", "{release}", "--format=tar.gz", place.reduced, "-"}).out ==
        contents_of(place.path("x.bin")));
  CHECK(place.ship({"--path", "{release}.btf.xz", "--arch=amd64", place.reduced, place.path("x")}).status == 0);
  CHECK(run_command({"xz", "-dc", place.path("x") + "/5.4.0-42-generic.btf.xz"}).out == as_text(numbered_kernel(1)));
}

TEST_CASE("cli_ship: SOURCE_DATE_EPOCH is the time of files and members") {
  const ShipPlace place;
  const CommandOptions options = {.in_child = [] { ::setenv("SOURCE_DATE_EPOCH", "86400", 1); }};
  CHECK(place.ship({"bcc", place.reduced, place.path("x.tar.gz")}, options).status == 0);
  CHECK_THAT(run_command({"tar", "--utc", "-tvf", place.path("x.tar.gz")}).out, Contains("1970-01-02 00:00"));
  CHECK(place.ship({"tracee", place.reduced, place.path("d")}, options).status == 0);
  struct stat status {};
  REQUIRE(::stat((place.path("d") + "/debian/12/aarch64/6.1.0-50-arm64.btf").c_str(), &status) == 0);
  CHECK(status.st_mtime == 86400);
}

TEST_CASE("cli_ship: --alias adds names, and lines without a kernel are warnings") {
  const ShipPlace place;
  put(place.path("aliases"), "mint/21 = ubuntu/20.04\nraspbian/* = debian/*\nx/1 = y/1\n");
  const CommandResult result =
      place.ship({"tracee", "--no-alias", "--alias", place.path("aliases"), place.reduced, place.path("out")});
  CHECK(result.status == 0);
  CHECK(result.err == "min-btf: warning: " + place.path("aliases") + ": line 3: REDUCED has no kernel of y/1\n");
  const Contents files = contents_below(place.path("out"));
  CHECK(files.size() == 7);
  CHECK(files.at("mint/21/x86_64/5.4.0-42-generic.btf") == as_text(numbered_kernel(1)));
  CHECK(files.at("raspbian/12/aarch64/6.1.0-50-arm64.btf") == as_text(numbered_kernel(2)));
  put(place.path("aliases"), "a/1 = b/1\nb/1 = a/1\n");
  check_failure(place.ship({"tracee", "--alias", place.path("aliases"), place.reduced, place.path("new")}),
                "line 1: the lines refer to each other in a loop: lines 1, 2");
  CHECK_FALSE(fs::exists(place.path("new")));
}

TEST_CASE("cli_ship: two kernels on one name are an error that names both, and nothing is written") {
  const ShipPlace place;
  put(place.reduced / "ubuntu/18.04/x86_64/5.4.0-42-generic.btf", numbered_kernel(7));
  const CommandResult result = place.ship({"boot", "--arch=x86_64", place.reduced, place.path("out")});
  check_failure(result,
                "ubuntu/20.04/x86_64/5.4.0-42-generic.btf: its name vmlinux-5.4.0-42-generic in OUTPUT is also that of "
                "ubuntu/18.04/x86_64/5.4.0-42-generic.btf, which has different contents");
  CHECK_FALSE(fs::exists(place.path("out")));
  put(place.reduced / "ubuntu/18.04/x86_64/5.4.0-42-generic.btf", numbered_kernel(1));
  CHECK(place.ship({"boot", "--arch=x86_64", place.reduced, place.path("out")}).status == 0);
}

TEST_CASE("cli_ship: files that are not BTF and bad links are errors by name, and nothing is written") {
  const ShipPlace place;
  put(place.reduced / "debian/12/arm64/README", "text");
  put(place.reduced / "debian/12/arm64/cut.btf", as_text(numbered_kernel(2)).substr(0, 30));
  fs::create_symlink("/etc/hostname", place.reduced / "debian/12/arm64/away.btf");
  fs::create_symlink("nothing", place.reduced / "debian/12/arm64/dangling.btf");
  fs::create_symlink("..", place.reduced / "debian/12/loop");
  fs::create_symlink(place.reduced, place.reduced / "debian/12/whole");
  put(place.reduced / ".hidden", "text");
  put(place.reduced / "manifest.json", "{\"tool\":\"min-btf\",\"schema\":1}");
  const CommandResult result = place.ship({"tracee", place.reduced, place.path("out")});
  CHECK(result.status == 1);
  const std::string base = place.reduced.string() + "/debian/12/";
  for (const std::string& line :
       {base + "arm64/README: not BTF, but a text file",
        base + "arm64/cut.btf: ", base + "arm64/away.btf: a link that leads out of the tree (an absolute path)",
        base + "arm64/dangling.btf: a link that dangles: the target does not exist",
        base + "loop: a link that is part of a loop: it leads to a directory that contains it",
        base + "whole: a link that is part of a loop: it leads to a directory that contains it"}) {
    CHECK_THAT(result.err, Contains("min-btf: error: " + line));
  }
  CHECK(count_of(result.err, "min-btf: error: ") == 6);
  CHECK_THAT(result.err, Contains("min-btf: warning: nothing is written"));
  CHECK_FALSE(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: links in a tar are followed, and hostile members are errors") {
  const ShipPlace place;
  put(place.path("good.tar"), TarForge()
                                  .file("./amzn/2018/x86_64/4.14.btf", numbered_kernel(1))
                                  .symlink("./amzn/1", "2018")
                                  .hardlink("./amzn/2018/x86_64/4.15.btf", "./amzn/2018/x86_64/4.14.btf")
                                  .bytes());
  CHECK(place.ship({"tracee", "--no-alias", place.path("good.tar"), place.path("out")}).err.empty());
  CHECK(paths_of(contents_below(place.path("out"))) == Words{"amzn/1/x86_64/4.14.btf", "amzn/1/x86_64/4.15.btf",
                                                             "amzn/2018/x86_64/4.14.btf", "amzn/2018/x86_64/4.15.btf"});
  put(place.path("bad.tar"), TarForge()
                                 .file("a/1/x86_64/4.14.btf", numbered_kernel(1))
                                 .file("../b/1/x86_64/4.14.btf", numbered_kernel(1))
                                 .symlink("c/1", "../../d")
                                 .bytes());
  const CommandResult bad = place.ship({"tracee", place.path("bad.tar"), place.path("new")});
  CHECK(bad.status == 1);
  CHECK_THAT(bad.err, Contains("../b/1/x86_64/4.14.btf: a path with '..'") &&
                          Contains("c/1: a link that leads out of the tree"));
  CHECK_FALSE(fs::exists(place.path("new")));
}

TEST_CASE("cli_ship: wrong usage is named") {
  const ShipPlace place;
  const std::string out = place.path("out");
  const std::string in = place.reduced;
  check_usage_error({"ship", "tracy", in, out}, "unknown NAME 'tracy'; did you mean 'tracee'?");
  check_usage_error(
      {"ship", "--path", "{id}/{relase}", in, out},
      "unknown field '{relase}' (the fields are {id}, {version}, {arch}, {machine}, {bpfarch}, {release})");
  check_usage_error({"ship", "--path", "../{release}", in, out}, "a path with '..'");
  check_usage_error({"ship", "--path", "/{release}", in, out}, "an absolute path");
  check_usage_error({"ship", "tracee", in, "{id}/x"}, "{id} is not for OUTPUT");
  check_usage_error({"ship", "tracee", in, "x.tar.gz"}, "tracee is a directory");
  check_usage_error({"ship", "bcc", in, "x.tar.xz"}, "bcc is a .tar.gz file");
  check_usage_error({"ship", "--path", "{release}", in, "x.btf.gz"}, "the name is not that of a directory");
  check_usage_error({"ship", "tracee", in, "-"}, "tracee is a directory");
  check_usage_error({"ship", "--format=tar", "tracee", in, out}, "tracee is a directory");
  check_usage_error({"ship", "--format=tar", "bcc", in, "x.tar.gz"}, "bcc is a .tar.gz file");
  check_usage_error({"ship", "--format=zip", "--path", "{release}", in, out}, "--format: 'zip' is not tar, tar.gz");
  check_usage_error({"ship", "--format=tar.xz", "--path", "{release}", in, "x.tar.gz"}, "another form than --format");
  check_usage_error({"ship", "--path", "{release}", in, "-"}, "standard output needs --format");
  check_usage_error({"ship", "tracee", in}, "NAME, REDUCED and OUTPUT");
  check_usage_error({"ship", "tracee", in, out, "more"}, "ship takes NAME, REDUCED and OUTPUT");
  check_usage_error({"ship", "--arch=arm65", "tracee", in, out}, "did you mean 'arm64'?");
  check_usage_error({"ship", "tracee", in, in + "/out"}, "must not contain each other");
  check_usage_error({"ship", "bcc", in, in + "/x.tar.gz"}, "would be in REDUCED");
  check_usage_error({"ship", "--list", "bcc"}, "--list takes no arguments");
  check_usage_error({"ship", "--diff", "--arch=arm64", "a", "b"}, "--arch is not for --diff");
  CHECK(place.directory.entries() == Words{"reduced"});
}

TEST_CASE("cli_ship: a layout without an architecture needs --arch for MACHINE") {
  const ShipPlace place;
  put(place.path("flat/debian/12/6.1.btf"), numbered_kernel(1));
  check_failure(place.ship({"tracee", place.path("flat"), place.path("out")}),
                "debian/12/6.1.btf: the path has no {machine}; state the architecture with --arch");
  CHECK(place.ship({"tracee", "--arch=arm64", place.path("flat"), place.path("out")}).status == 0);
  CHECK(paths_of(contents_below(place.path("out"))) == Words{"debian/12/aarch64/6.1.btf"});
  check_failure(place.ship({"tracee", "--arch=s390x", place.reduced, place.path("none")}),
                "has 5 kernels, and none of them is for s390x");
  put(place.path("other/20.04/x86_64/6.1.btf"), numbered_kernel(1));
  check_failure(place.ship({"tracee", place.path("other"), place.path("none")}), "not both ID and VERSION");
}

TEST_CASE("cli_ship: an old archive stays when the run fails, and other files of a directory stay") {
  const ShipPlace place;
  put(place.path("x.tar.gz"), "old");
  put(place.path("out/debian/12/aarch64/old.btf"), numbered_kernel(9));
  const CommandResult result = place.ship({"tracee", place.reduced, place.path("out")});
  CHECK_THAT(result.err, Contains("debian/12/aarch64/old.btf: not an output of this run; not changed"));
  CHECK(contents_of(place.path("out/debian/12/aarch64/old.btf")) == as_text(numbered_kernel(9)));
  put(place.reduced / "bad.btf", "text");
  check_failure(place.ship({"bcc", place.reduced, place.path("x.tar.gz")}), "bad.btf: not BTF");
  CHECK(contents_of(place.path("x.tar.gz")) == "old");
}

TEST_CASE("cli_ship: stale files that the preset or the template can write are named, and stay") {
  const ShipPlace place;
  put(place.path("out/vmlinux-5.3"), "old");
  put(place.path("out/debian/12/arm64/5.3.btf.tar.xz"), "old");
  put(place.path("out/README"), "text");
  const auto stale = [&](const char* name) {
    return "min-btf: warning: " + place.path("out") + "/" + name + ": not an output of this run; not changed\n";
  };
  const CommandResult boot = place.ship({"boot", "--arch=x86_64", place.reduced, place.path("out")});
  CHECK(boot.err == stale("vmlinux-5.3"));
  const CommandResult btfhub = place.ship({"btfhub", "--no-alias", place.reduced, place.path("out")});
  CHECK(btfhub.err == stale("debian/12/arm64/5.3.btf.tar.xz"));
  const CommandResult other =
      place.ship({"--path", "./{id}/{version}/{arch}/{release}.xz", "--no-alias", place.reduced, place.path("out")});
  CHECK(count_of(other.err, "warning: ") == 6);
  CHECK_THAT(other.err, Contains(stale("debian/12/arm64/5.3.btf.tar.xz")));
  CHECK(contents_of(place.path("out/vmlinux-5.3")) == "old");
  CHECK(contents_of(place.path("out/debian/12/arm64/5.3.btf.tar.xz")) == "old");
}

TEST_CASE("cli_ship: one BTF from a pipe or standard input has no release, and a file has") {
  const ShipPlace place;
  const fs::path one = place.reduced / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf";
  check_failure(place.ship({"boot", "--arch=x86_64", "-", place.path("out")}, {.stdin_path = one}),
                "the {release} of the kernel is not known from a pipe or standard input; name a file, RELEASE.btf");
  check_failure(place.ship({"bcc", "--arch=x86_64", "-", place.path("x.tar.gz")}, {.stdin_path = one}),
                "the {id} of the kernel is not known from a pipe or standard input; name a file, ID/VERSION/");
  const CommandResult pipe = run_command(
      {"bash", "-c", "exec \"$0\" ship boot --arch=x86_64 <(cat \"$1\") \"$2\"", TEST_BINARY, one, place.path("out")});
  check_failure(pipe, "the {release} of the kernel is not known from a pipe or standard input");
  CHECK(place.directory.entries() == Words{"reduced"});
  CHECK(place.ship({"--path", "{bpfarch}.btf", "--arch=x86_64", "-", place.path("out")}, {.stdin_path = one}).status ==
        0);
  CHECK(contents_below(place.path("out")) == Contents{{"x86.btf", as_text(numbered_kernel(1))}});
  CHECK(place.ship({"boot", "--arch=x86_64", one, place.path("boot")}).status == 0);
  CHECK(paths_of(contents_below(place.path("boot"))) == Words{"vmlinux-5.4.0-42-generic"});
}

TEST_CASE("cli_ship: endless input is an error that names it, and is not kept in memory") {
  const ShipPlace place;
  const auto limited = [&](const std::string& script) {
    const std::string limits = with_address_sanitizer ? "ulimit -t 60; " : "ulimit -v 4000000; ulimit -t 60; ";
    return run_command({"bash", "-c", limits + script, TEST_BINARY, place.path("out")});
  };
  check_failure(limited("exec \"$0\" ship tracee /dev/zero \"$1\""), "/dev/zero: not BTF, but ");
  check_failure(limited("yes | \"$0\" ship tracee - \"$1\""), "standard input: not BTF, but ");
  check_failure(limited("(printf '\\x9f\\xeb\\x01\\x00'; cat /dev/zero) | \"$0\" ship tracee - \"$1\""),
                "standard input: over the limit of 268435456 bytes decompressed (for one file)");
  check_failure(limited("(printf '\\x9f\\xeb\\x01\\x00'; cat /dev/zero) | gzip -1 | \"$0\" ship tracee - \"$1\""),
                "standard input: over the limit of 268435456 bytes decompressed (for one file)");
  CHECK(place.directory.entries() == Words{"reduced"});
}

TEST_CASE("cli_ship: BTF with the other byte order than its architecture is an error") {
  const ShipPlace place;
  const Bytes big = BtfForge(minbtf::ByteOrder::big).bytes();
  const Bytes little = BtfForge(minbtf::ByteOrder::little).bytes();
  REQUIRE(big.front() == 0xeb);
  REQUIRE(little.front() == 0x9f);
  for (const char* word : {"x86_64", "arm64", "armhf", "i386", "riscv64", "ppc64le", "loongarch64", "mips64el"}) {
    CAPTURE(word);
    const fs::path reduced = place.directory.path() / word;
    put(reduced / "debian/12" / word / "6.1.btf", big);
    check_failure(place.ship({"boot", reduced, place.path("out")}),
                  std::string("debian/12/") + word + "/6.1.btf: the BTF is big-endian, and kernels of ");
    put(reduced / "debian/12" / word / "6.1.btf", little);
    CHECK(place.ship({"tracee", reduced, place.path("little")}).status == 0);
  }
  for (const char* word : {"s390x", "ppc64", "sparc64"}) {
    CAPTURE(word);
    const fs::path reduced = place.directory.path() / word;
    put(reduced / "debian/12" / word / "6.1.btf", little);
    check_failure(place.ship({"boot", reduced, place.path("out")}),
                  std::string("debian/12/") + word + "/6.1.btf: the BTF is little-endian, and kernels of " + word +
                      " are big-endian");
    put(reduced / "debian/12" / word / "6.1.btf", big);
    CHECK(place.ship({"tracee", reduced, place.path("big")}).status == 0);
  }
  // REDUCED may be one BTF, which is named once.
  const std::string file = place.directory.path() / "q/d/12/s390x/6.btf";
  put(file, little);
  check_failure(place.ship({"boot", file, place.path("out")}),
                file + ": the BTF is little-endian, and kernels of s390x");
  CHECK_THAT(place.ship({"boot", file, place.path("out")}).err,
             StartsWith("min-btf: error: " + file + ": the BTF is little-endian"));
  // --arch states the architecture where the path does not.
  put(place.path("one/debian/12/6.1.btf"), big);
  check_failure(place.ship({"boot", "--arch=arm64", place.path("one"), place.path("out")}),
                "debian/12/6.1.btf: the BTF is big-endian, and kernels of arm64 are little-endian");
  CHECK(place.ship({"boot", "--arch=s390x", place.path("one"), place.path("big_boot")}).status == 0);
  CHECK_FALSE(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: members of one path in a tar must be equal") {
  const ShipPlace place;
  const std::string path = "debian/12/arm64/6.1.btf";
  const std::string why = path + ": the path occurs twice in the archive, with different contents";
  const auto ship = [&](const TarForge& tar) {
    put(place.path("reduced.tar"), tar.bytes());
    return place.ship({"tracee", place.path("reduced.tar"), place.path("out")});
  };
  check_failure(ship(TarForge().file(path, numbered_kernel(1)).file("./" + path, numbered_kernel(2))), why);
  check_failure(ship(TarForge()
                         .file("debian/12/arm64/a.btf", numbered_kernel(1))
                         .file("debian/12/arm64/b.btf", numbered_kernel(2))
                         .symlink(path, "a.btf")
                         .symlink(path, "b.btf")),
                why);
  check_failure(ship(TarForge()
                         .file("debian/12/arm64/a.btf", numbered_kernel(1))
                         .symlink(path, "a.btf")
                         .file(path, numbered_kernel(2))),
                why);
  check_failure(ship(TarForge()
                         .file("debian/12/arm64/a.btf", numbered_kernel(1))
                         .file(path, numbered_kernel(2))
                         .symlink(path, "a.btf")),
                why);
  CHECK_FALSE(fs::exists(place.path("out")));
  CHECK(ship(TarForge()
                 .file(path, numbered_kernel(1))
                 .symlink("debian/12/arm64/6.2.btf", "6.1.btf")
                 .file(path, numbered_kernel(1))
                 .symlink("debian/12/arm64/6.2.btf", "6.1.btf"))
            .status == 0);
  CHECK(contents_below(place.path("out")) == Contents{{"debian/12/aarch64/6.1.btf", as_text(numbered_kernel(1))},
                                                      {"debian/12/aarch64/6.2.btf", as_text(numbered_kernel(1))}});
}

TEST_CASE("cli_ship: a path in a tar that is a file or link and also a directory is an error") {
  const ShipPlace place;
  const auto ship = [&](const TarForge& tar) {
    put(place.path("reduced.tar"), tar.bytes());
    return place.ship({"--path", "{release}.btf", place.path("reduced.tar"), place.path("out")});
  };
  const std::string deep = "a/1/arm64/6.1.btf";
  check_failure(ship(TarForge().file("a/1", numbered_kernel(1)).file(deep, numbered_kernel(2))),
                deep + ": the archive has a/1 as a file or link, and also as a directory");
  check_failure(ship(TarForge().symlink("a/1", "2").file(deep, numbered_kernel(2))),
                deep + ": the archive has a/1 as a file or link, and also as a directory");
  check_failure(ship(TarForge().file(deep, numbered_kernel(2)).file("a/1", numbered_kernel(1))),
                "a/1: the archive has this path as a file or link, and also as a directory");
  check_failure(ship(TarForge().file(deep, numbered_kernel(2)).symlink("a/1", "2")),
                "a/1: the archive has this path as a file or link, and also as a directory");
  CHECK_FALSE(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: after a failure the outputs that were written are named") {
  const ShipPlace place;
  fs::create_directories(place.path("x/arm64"));
  put(place.path("d/x86_64/vmlinux-5.4.0-42-generic/occupied"), "old");
  const std::string reduced = place.reduced;
  for (const auto& [preset, output, first] :
       {std::tuple{"ig-oci", place.path("x/{arch}/b.tar.gz"), place.path("x/arm64/b.tar.gz")},
        std::tuple{"boot", place.path("d/{arch}"), place.path("d/arm64")}}) {
    CAPTURE(preset);
    const CommandResult result = place.ship({preset, reduced, output});
    check_failure(result, "; written before: " + first + " (1 of 2 outputs)\n");
    CHECK(fs::exists(first));
    const json document = json::parse(place.ship({preset, "--json", reduced, output}).out);
    CHECK(document.at("status") == "failed");
    REQUIRE(document.at("outputs").size() == 1);
    CHECK(document.at("outputs").at(0).at("path") == first);
  }
}

TEST_CASE("cli_ship: an archive of a template is not written into a directory under a name of its own") {
  const ShipPlace place;
  fs::create_directories(place.path("d"));
  fs::create_directories(place.path("all/x86_64"));
  const std::string why = " is a directory, and the archive is one file, whose name --path does not state; name a file";
  for (const std::string& output : {place.path("d"), place.path("d/"), place.path("new/"), place.path("all/{arch}")}) {
    CAPTURE(output);
    check_usage_error({"ship", "--path", "{release}", "--format=tar.gz", place.reduced, output}, why);
  }
  CHECK(fs::is_empty(place.path("d")));
  CHECK(fs::is_empty(place.path("all/x86_64")));
  CHECK_FALSE(fs::exists(place.path("new")));
  CHECK(place.ship({"bcc", "--format=tar.gz", place.reduced, place.path("d")}).status == 0);
  CHECK(fs::exists(place.path("d/min_core_btfs.tar.gz")));
}

TEST_CASE("cli_ship: an interrupted run leaves the old archive or the new one") {
  const ShipPlace place;
  for (int i = 0; i < 40; ++i) {
    put(place.reduced / ("debian/12/arm64/6.1.0-" + std::to_string(i) + "-arm64.btf"),
        numbered_kernel(static_cast<std::uint32_t>(i + 20)));
  }
  const Words words = {"ship", "datadog", "--arch=arm64", place.reduced, place.path("x.tar.xz")};
  REQUIRE(run_min_btf(words).status == 0);
  const std::string complete = contents_of(place.path("x.tar.xz"));
  const auto duration = time_of(words);
  int interrupted = 0;
  constexpr int moments = 40;
  for (int moment = 0; moment < moments; ++moment) {
    put(place.path("x.tar.xz"), "old");
    const CommandResult result = run_and_signal(words, duration * moment / moments, SIGINT);
    const std::string now = contents_of(place.path("x.tar.xz"));
    CAPTURE(moment, result.status, result.signal, result.err);
    CHECK((result.status == 0 || result.status == 130 || result.signal == SIGINT));
    CHECK((now == "old" || now == complete));
    if (result.status != 0) ++interrupted;
    // The first moments of a run have no text about the output.
    if (result.status == 130 && result.err != "min-btf: interrupted\n") {
      const std::string truth = now == "old" ? "nothing was written" : "all outputs are written";
      CHECK(result.err == "min-btf: interrupted; " + truth + "\n");
    }
    CHECK(place.directory.entries() == Words{"reduced", "x.tar.xz"});
  }
  CHECK(interrupted > 0);
}

TEST_CASE("cli_ship: --list explains each preset") {
  const CommandResult result = run_min_btf({"ship", "--list"});
  CHECK(result.status == 0);
  const json document = document_of(run_min_btf({"ship", "--list", "--json"}));
  CHECK(document.at("presets").size() == 10);
  CHECK(count_of(result.out, "  aliases  from the release, and those of --alias\n") == 7);
  CHECK(count_of(result.out, "  aliases  none: the path has no ID\n") == 1);
  for (const json& preset : document.at("presets")) {
    CHECK_THAT(result.out, Contains(preset.at("name").get<std::string>() + ": ") &&
                               Contains("  path     " + preset.at("path").get<std::string>() + "\n"));
  }
}

TEST_CASE("cli_ship: --diff lists new, changed and removed kernels of two manifests") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({.task = 1}));
  put(place.in / "b.btf", small_kernel({.task = 2}));
  put(place.in / "same.btf", small_kernel({.task = 3}));
  const std::string before = place.directory.file("before.json");
  const std::string after = place.directory.file("after.json");
  REQUIRE(place.gen({"--manifest", before}).status == 0);
  fs::remove(place.in / "a.btf");
  put(place.in / "b.btf", small_kernel({.task = 4}));
  put(place.in / "c.btf", small_kernel({.task = 5}));
  REQUIRE(place.gen({"--manifest", after}).status == 0);
  const CommandResult result = run_min_btf({"ship", "--diff", before, after});
  CHECK(result.status == 0);
  CHECK(result.out == "1 kernel new, 1 content changed, 1 removed\nnew      c.btf\nchanged  b.btf\nremoved  a.btf\n");
  CHECK(run_min_btf({"ship", "--diff", after, after}).out == "0 kernels new, 0 contents changed, 0 removed\n");
  const json document = document_of(run_min_btf({"ship", "--diff", "--json", before, after}));
  CHECK(document.at("kernels") == json{{"new", 1}, {"changed", 1}, {"removed", 1}, {"unchanged", 1}});
  CHECK(document.at("changed") == json{"b.btf"});
  CHECK(run_min_btf({"ship", "--diff", before, place.in / "c.btf"}).status == 1);
}

TEST_CASE("cli_ship: a kernel whose release shows no minor version is a warning that names it") {
  const ShipPlace place;
  put(place.reduced / "ol/7/x86_64/4.14.35-1902.el7uek.x86_64.btf", numbered_kernel(6));
  const CommandResult result = place.ship({"tracee", place.reduced, place.path("out")});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, StartsWith("min-btf: warning: 1 kernel is named by the major version only") &&
                             Contains("ol/7/x86_64/4.14.35-1902.el7uek.x86_64.btf; --alias can add names"));
  put(place.path("aliases"), "ol/7.* = ol/7\n");
  const CommandResult named =
      place.ship({"tracee", "--alias", place.path("aliases"), place.reduced, place.path("out")});
  CHECK(named.err.empty());
  CHECK(contents_of(place.path("out") + "/ol/7.9/x86_64/4.14.35-1902.el7uek.x86_64.btf") ==
        as_text(numbered_kernel(6)));
}

TEST_CASE("cli_ship: REDUCED may be one kernel, packed or not, and keeps the ID and VERSION of its path") {
  const ShipPlace place;
  put(place.path("hub/ubuntu/20.04/arm64/5.4.btf.tar.xz"),
      compressed(TarForge().file("./5.4.btf", numbered_kernel(1)).bytes(), Compression::xz));
  put(place.path("hub/ubuntu/20.04/arm64/5.5.btf"), numbered_kernel(2));
  put(place.path("5.6.btf.xz"), compressed(numbered_kernel(3), Compression::xz));
  CHECK(place.ship({"tracee", place.path("hub/ubuntu/20.04/arm64/5.4.btf.tar.xz"), place.path("a")}).status == 0);
  CHECK(contents_below(place.path("a")) == Contents{{"ubuntu/20.04/aarch64/5.4.btf", as_text(numbered_kernel(1))}});
  CHECK(place.ship({"tracee", place.path("hub/ubuntu/20.04/arm64/5.5.btf"), place.path("b")}).status == 0);
  CHECK(contents_below(place.path("b")) == Contents{{"ubuntu/20.04/aarch64/5.5.btf", as_text(numbered_kernel(2))}});
  CHECK(place.ship({"--path", "vmlinux-{release}", place.path("5.6.btf.xz"), place.path("c")}).status == 0);
  CHECK(contents_below(place.path("c")) == Contents{{"vmlinux-5.6", as_text(numbered_kernel(3))}});
  // Directories that can be neither ID nor VERSION are left off.
  put(place.path("arm64/build/x86_64/5.7.btf"), numbered_kernel(4));
  CHECK(place.ship({"boot", place.path("arm64/build/x86_64/5.7.btf"), place.path("boot")}).status == 0);
  CHECK(paths_of(contents_below(place.path("boot"))) == Words{"vmlinux-5.7"});
  check_failure(place.ship({"tracee", "--arch=arm64", place.path("5.6.btf.xz"), place.path("d")}),
                "the path has no {id}; the layout is ID/VERSION/ARCHITECTURE/RELEASE.btf");
  put(place.path("text"), "text");
  check_failure(place.ship({"tracee", place.path("text"), place.path("d")}),
                place.path("text") + ": not BTF, but a text file");
}

TEST_CASE("cli_ship: the number of threads has no influence on the bytes") {
  const ShipPlace place;
  for (const char* jobs : {"1", "8"}) {
    const std::string output = place.path("x") + jobs + ".tar.xz";
    CHECK(place.ship({"datadog", "--arch=x86_64", "--jobs", jobs, place.reduced, output}).status == 0);
  }
  CHECK(contents_of(place.path("x1.tar.xz")) == contents_of(place.path("x8.tar.xz")));
}

TEST_CASE("cli_ship: names of packages in a form that is not written are refused, for files and for OUTPUT") {
  const ShipPlace place;
  const std::string reason = "the name is that of an archive or compressed file in a form that is not written";
  for (const char* form : {"bz2", "lz4", "zip", "7z", "tar.bz2", "tbz2", "cpio", "GZ", "bz2.gz", "zip.tar.xz"}) {
    CAPTURE(form);
    const std::string leaf = std::string("{release}.btf.") + form;
    check_usage_error({"ship", "--path", leaf, place.reduced, place.path("out")}, "--path '" + leaf + "': " + reason);
  }
  for (const std::string leaf : {".tgz", ".tar.gz", ".gz", ".bundle", ".bundle.xz", ".zip"}) {
    check_usage_error({"ship", "--path", "{id}/" + leaf, place.reduced, place.path("out")},
                      "--path '{id}/" + leaf + "': the name is only the suffix of an archive or compressed file");
  }
  for (const char* form : {"bz2", "lz4", "zip", "7z", "tar.bz2", "tbz2", "cpio", "GZ"}) {
    CAPTURE(form);
    const std::string output = place.path("out") + "." + form;
    check_usage_error({"ship", "--path", "{release}.btf", place.reduced, output}, "OUTPUT " + output + ": " + reason);
  }
  CHECK(place.directory.entries() == Words{"reduced"});
  fs::create_directory(place.path("old.tar.gz"));
  for (const Words& how : {Words{"tracee"}, Words{"--path", "{release}.btf"}}) {
    Words words = how;
    words.insert(words.end(), {"--arch=arm64", place.reduced, place.path("old.tar.gz")});
    Words usage = words;
    usage.insert(usage.begin(), "ship");
    check_usage_error(usage, "a directory with the name of an archive");
    words.back() += "/";
    CHECK(place.ship(words).status == 0);
  }
}

TEST_CASE("cli_ship: --alias and --no-alias are refused where they have no effect") {
  const ShipPlace place;
  put(place.path("aliases"), "rhel/12 = debian/12\n");
  const std::string in = place.reduced;
  const std::string out = place.path("out");
  const std::string none = "has no aliases, because its paths have neither ID nor VERSION";
  for (const std::string& option : {"--alias=" + place.path("aliases"), std::string("--no-alias")}) {
    CAPTURE(option);
    check_usage_error({"ship", option, "--arch=arm64", "boot", in, out}, "the preset boot " + none);
    check_usage_error({"ship", option, "--path", "{arch}/{release}", in, out}, "--path '{arch}/{release}' " + none);
    CHECK(place.ship({option, "--path", "{version}/{release}", in, out}).status == 0);
  }
  check_usage_error({"ship", "--no-alias", "--arch=arm64", "datadog", in, place.path("x.tar.xz")},
                    "--no-alias: the preset datadog has no aliases other than those of --alias");
  // The agent also looks for the alias.
  REQUIRE(
      place.ship({"datadog", "--arch=arm64", "--alias", place.path("aliases"), in, place.path("x.tar.xz")}).status ==
      0);
  CHECK(members_of(place.path("x.tar.xz")).contains("rhel/6.1.0-50-arm64.btf.tar.xz"));
}

TEST_CASE("cli_ship: --arch takes a list where paths or OUTPUT keep architectures apart") {
  const ShipPlace place;
  put(place.reduced / "debian/12/loongarch64/6.1.0-50-loong64.btf", numbered_kernel(6));
  const Words expected = {"arm64/vmlinux-4.14.amzn2.aarch64", "arm64/vmlinux-4.15.amzn2.aarch64",
                          "arm64/vmlinux-6.1.0-50-arm64", "x86_64/vmlinux-4.18.0-305.el8.x86_64",
                          "x86_64/vmlinux-5.4.0-42-generic"};
  CHECK(place.ship({"boot", "--arch=amd64,aarch64", place.reduced, place.path("boot") + "/{arch}"}).err.empty());
  CHECK(paths_of(contents_below(place.path("boot"))) == expected);
  CHECK(place.ship({"boot", "--arch=x86_64", "--arch=arm64", place.reduced, place.path("twice") + "/{arch}"})
            .err.empty());
  CHECK(paths_of(contents_below(place.path("twice"))) == expected);
  const CommandResult tracee =
      place.ship({"tracee", "--no-alias", "--arch=loongarch64,riscv64", place.reduced, place.path("tracee")});
  CHECK(tracee.err == "min-btf: warning: --arch=riscv64: REDUCED has no kernel of this architecture\n");
  CHECK(paths_of(contents_below(place.path("tracee"))) == Words{"debian/12/loongarch64/6.1.0-50-loong64.btf"});
  // Two words for one architecture are one architecture.
  CHECK(place.ship({"boot", "--arch=amd64,x86_64", place.reduced, place.path("one")}).status == 0);
  for (const char* name : {"boot", "ig"}) {
    check_usage_error({"ship", name, "--arch=x86_64,arm64", place.reduced, place.path("out")},
                      std::string("--arch: one architecture is needed, because ") + name + " makes one OUTPUT");
  }
  check_usage_error({"ship", "--path", "{release}", "--arch=x86_64,arm64", place.reduced, place.path("out")},
                    "--arch: one architecture is needed, because the paths of --path '{release}' have none");
  check_usage_error({"ship", "tracee", "--arch=x86_64,", place.reduced, place.path("out")},
                    "--arch: '' is not a word for an architecture");
  put(place.path("flat/debian/12/6.1.btf"), numbered_kernel(1));
  check_failure(place.ship({"tracee", "--arch=x86_64,arm64", place.path("flat"), place.path("out")}),
                "debian/12/6.1.btf: the path has no architecture, and --arch has more than one");
  CHECK_FALSE(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: a REDUCED without any BTF is one error, and a pack or objects are for gen") {
  const ShipPlace place;
  const std::string objects = place.path("objects");
  for (const char* name : {"b.o", "a.o", "c.txt"}) put(objects + "/" + name, "text");
  CommandResult result = place.ship({"tracee", objects, place.path("out")});
  CHECK(result.status == 1);
  CHECK(result.err ==
        "min-btf: error: " + objects + ": none of its 3 files is BTF; the first is a.o: not BTF, but a text file\n");
  std::string object =
      "\x7f"
      "ELF";
  object.resize(64);
  object[4] = 2;
  object[5] = 1;
  object[18] = static_cast<char>(247);
  put(objects + "/a.o", object);
  check_failure(place.ship({"tracee", objects, place.path("out")}), "a BPF object; objects are for gen: min-btf gen");
  put(objects + "/b.btf", numbered_kernel(1));
  CHECK(count_of(place.ship({"tracee", objects, place.path("out")}).err, "min-btf: error: ") == 3);
  REQUIRE(run_min_btf({"pack", place.path("x.pack"), place.reduced}).status == 0);
  check_failure(place.ship({"tracee", place.path("x.pack"), place.path("out")}),
                "x.pack: not BTF, but a pack of kernels; reduce the kernels in it first: min-btf gen PACK");
  CHECK_FALSE(fs::exists(place.path("out")));
}

TEST_CASE("cli_ship: BTF of more than 1 MiB is a warning that names the largest") {
  const ShipPlace place;
  // The strings are the last part of the file. Offset 20 of the header is their size.
  const auto grown = [](std::size_t size) {
    Bytes bytes = numbered_kernel(1);
    const auto more = static_cast<std::uint32_t>(size - bytes.size());
    std::uint32_t strings = 0;
    std::memcpy(&strings, bytes.data() + 20, sizeof(strings));
    strings += more;
    std::memcpy(bytes.data() + 20, &strings, sizeof(strings));
    bytes.insert(bytes.end(), more, 'x');
    bytes.back() = 0;
    return bytes;
  };
  constexpr std::size_t limit = std::size_t{1} << 20U;
  put(place.reduced / "debian/12/x86_64/5.1.btf", grown(limit));
  CHECK(place.ship({"tracee", place.reduced, place.path("a")}).err.empty());
  put(place.reduced / "debian/12/x86_64/5.2.btf", grown(limit + 1));
  put(place.reduced / "debian/12/x86_64/5.3.btf", grown(3 * limit));
  const CommandResult result = place.ship({"tracee", place.reduced, place.path("b")});
  CHECK(result.status == 0);
  CHECK(result.err ==
        "min-btf: warning: debian/12/x86_64/5.3.btf: 3.1 MB of BTF, which is probably not reduced; gen reduces it, "
        "ship does not; 1 other kernel has more than 1 MiB, too\n");
  CHECK(place.ship({"tracee", "--arch=arm64", place.reduced, place.path("c")}).err.empty());
}

TEST_CASE("cli_ship: --diff names a file that is not a manifest, and an alias file with quotes is named by line") {
  const ShipPlace place;
  put(place.path("other.json"), "{\"a\":1}");
  check_failure(place.ship({"--diff", place.path("other.json"), place.path("other.json")}),
                place.path("other.json") + ": not a manifest of min-btf: \"tool\" is missing");
  for (const char* line : {"\"centos\"/9 = centos/8", "centos/9 = 'centos'/8", "x/\"9\" = centos/8",
                           "\xe2\x80\x9c"
                           "centos\xe2\x80\x9d/9 = centos/8"}) {
    put(place.path("aliases"), std::string("# machine\n") + line + "\n");
    check_failure(place.ship({"bcc", "--alias", place.path("aliases"), place.reduced, place.path("x.tar.gz")}),
                  place.path("aliases") + ": line 2: '" + line + "' has quotes;");
  }
}
