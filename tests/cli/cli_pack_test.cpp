// SPDX-License-Identifier: BSD-2-Clause
// `min-btf pack`, and `dump` of a pack, run as a user does.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// BTF that does not fit the model: a struct that contains itself.
Bytes cyclic_kernel() {
  BtfForge forge;
  const std::uint32_t self = forge.next_id();
  forge.structure("endless", 4, {{"self", self, 0}});
  return forge.bytes();
}

/// A tree with four kernels.
struct PackPlace : TreePlace {
  std::string pack = directory.file("all.pack");

  PackPlace() {
    put(in / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz",
        compressed(TarForge().file("./5.4.0-42-generic.btf", kernel_btf()).bytes(), Compression::xz));
    put(in / "ubuntu/20.04/arm64/5.4.0-43-generic.btf", numbered_kernel(1));
    put(in / "debian/s390x/6.1.0-50-s390x.btf", kernel_btf("eb"));
    put(in / "copy.btf", numbered_kernel(1));
    put(in / "README", "text");
  }

  [[nodiscard]] CommandResult make(const Words& more = {}) const {
    return run_min_btf(joined({"pack", pack, in}, more));
  }
};

}  // namespace

TEST_CASE("cli_pack: the summary has the sizes, and --json has the figures") {
  const PackPlace place;
  const CommandResult result = place.make();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, StartsWith(place.in.string() + " -> " + place.pack + ": 4 kernels, ") && Contains(" kB -> ") &&
                             EndsWith("%); 0 verbatim; 1 other file ignored\n"));
  const json document = document_of(place.make({"--json"}));
  CHECK(document.at("inputs") == json{place.in});
  CHECK(document.at("output") == place.pack);
  CHECK(document.at("verbatim") == json::array());
  const std::size_t bytes = kernel_btf().size() + kernel_btf("eb").size() + 2 * numbered_kernel(1).size();
  CHECK(document.at("kernels") == json{{"done", 4},
                                       {"failed", 0},
                                       {"distinct", 3},
                                       {"verbatim", 0},
                                       {"ignored", 1},
                                       {"modules", 0},
                                       {"unselected", 0},
                                       {"sources", 4},
                                       {"merged", 0},
                                       {"bytes", bytes}});
  // The first run has written PACK.
  CHECK(document.at("files") == json{{"added", 0}, {"replaced", 0}, {"removed", 0}, {"already_there", 4}});
  CHECK(document.at("pack") == json{{"bytes", fs::file_size(place.pack)},
                                    {"types_only", false},
                                    {"kernels", 4},
                                    {"segments", 1},
                                    {"written", false}});
  CHECK(place.make({"-q"}).out.empty());
  const std::uint64_t everything = fs::file_size(place.pack);
  const CommandResult refused = place.make({"--types-only"});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("--types-only is for a new PACK, but " + place.pack + " has everything"));
  fs::remove(place.pack);
  const json types = document_of(place.make({"--types-only", "--json"}));
  CHECK(types.at("pack").at("types_only") == true);
  CHECK(fs::file_size(place.pack) < everything);
  // A pack keeps its kind.
  CHECK_THAT(place.make().out, Contains(": 4 files already there; "));
  CHECK_THAT(run_min_btf({"pack", "--list", place.pack}).out, Contains("; types only; 0 verbatim\n"));
}

TEST_CASE("cli_pack: the options of a tree select kernels") {
  const PackPlace place;
  const CommandResult result = place.make({"--arch=x86", "--include=ubuntu/**", "--include=nothing"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("--include=nothing: matches no selected kernel"));
  CHECK_THAT(result.out, Contains(": 1 kernel, ") && EndsWith("; 1 other file ignored; 3 not selected\n"));
  const json list = document_of(run_min_btf({"pack", "--list", "--json", place.pack}));
  CHECK(list.at("totals").at("kernels") == 1);
  check_one_error_line(place.make({"--exclude=*"}), "no kernel's BTF in it (1 other file, 4 not selected)");
}

TEST_CASE("cli_pack: --list prints each kernel with its architecture and release, and the totals") {
  const PackPlace place;
  REQUIRE(place.make().status == 0);
  const CommandResult result = run_min_btf({"pack", "--list", place.pack});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, StartsWith("copy.btf "));
  CHECK_THAT(result.out, Contains("\nubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz/5.4.0-42-generic.btf  x86_64  "
                                  "5.4.0-42 generic  ") &&
                             Contains("\n\n" + place.pack + ": 4 kernels (3 distinct) in 4 files, ") &&
                             Contains("; everything; 0 verbatim\n") && Contains("\n  kernels  ") &&
                             Contains("\n  nodes "));
  const json list = document_of(run_min_btf({"pack", "--list", "--json", place.pack}));
  CHECK(list.at("pack").at("path") == place.pack);
  CHECK(list.at("pack").at("bytes") == fs::file_size(place.pack));
  CHECK(list.at("totals").at("ignored") == 1);
  REQUIRE(list.at("kernels").size() == 4);
  json big = list.at("kernels").at(1);
  CHECK(big.at("hash").get<std::string>().size() == 32);
  CHECK(big.at("source_sha256").get<std::string>().size() == 64);
  CHECK(big.at("types").get<std::size_t>() > 10);
  for (const char* field : {"hash", "source_sha256", "types"}) big.erase(field);
  CHECK(big == json{{"source", "debian/s390x/6.1.0-50-s390x.btf"},
                    {"architecture", "s390x"},
                    {"release", "6.1.0-50 s390x"},
                    {"bytes", kernel_btf("eb").size()},
                    {"byte_order", "big"},
                    {"verbatim", false}});
  CHECK(list.at("kernels").at(3).at("member") == "5.4.0-42-generic.btf");
  CHECK_FALSE(list.at("kernels").at(0).contains("architecture"));
  std::uint64_t stored = 0;
  for (const json& section : list.at("sections")) stored += section.at("stored").get<std::uint64_t>();
  CHECK(stored > 0);
  CHECK(stored < fs::file_size(place.pack));
}

TEST_CASE("cli_pack: a kernel that does not fit the format is kept verbatim, and -v prints the reason") {
  const PackPlace place;
  put(place.in / "cyclic.btf", cyclic_kernel());
  const CommandResult result = place.make({"-v"});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, StartsWith("cyclic.btf: kept verbatim: ") && Contains("; 1 verbatim; "));
  const json list = document_of(run_min_btf({"pack", "--list", "--json", place.pack}));
  CHECK(list.at("totals").at("verbatim") == 1);
  CHECK(list.at("kernels").at(1).at("verbatim") == true);
  CHECK_THAT(run_min_btf({"pack", "--list", place.pack}).out, Contains("  verbatim\n"));
  CHECK(document_of(place.make({"--json"})).at("verbatim").at(0).at("path") == "cyclic.btf");
}

TEST_CASE("cli_pack: the pack does not depend on threads and on the order of INPUTs") {
  const PackPlace place;
  const fs::path more = place.directory.path() / "more";
  for (std::uint32_t i = 0; i < 8; ++i) put(more / ("k" + std::to_string(i) + ".btf"), numbered_kernel(20 + i));
  const std::string file = place.directory.write("one.btf", numbered_kernel(9));
  const auto made = [&](const Words& words) {
    fs::remove(place.pack);
    REQUIRE(run_min_btf(joined({"pack", place.pack}, words)).status == 0);
    return contents_of(place.pack);
  };
  const std::string first = made({place.in, more, file, "-j1"});
  CHECK((first == made({file, more, place.in, "-j4"})));
  CHECK((first == made({more, file, place.in, more, "-j8"})));
  CHECK((first != made({more, place.in})));
}

TEST_CASE("cli_pack: a file has its name as path, and a tar too unless it is the only INPUT") {
  const PackPlace place;
  const std::string one = place.directory.write("one.btf", numbered_kernel(3));
  const std::string tar = place.directory.write(
      "two.tar", TarForge().file("x86_64/a.btf", numbered_kernel(4)).file("x86_64/b.btf", numbered_kernel(5)).bytes());
  const auto paths = [&] {
    const json list = document_of(run_min_btf({"pack", "--list", "--json", place.pack}));
    std::vector<std::string> found;
    for (const json& each : list.at("kernels")) {
      found.push_back(each.at("source").get<std::string>() + "|" + each.value("member", ""));
    }
    return found;
  };
  CHECK(run_min_btf({"pack", place.pack, tar}).status == 0);
  CHECK(paths() == Words{"|x86_64/a.btf", "|x86_64/b.btf"});
  CHECK_THAT(run_min_btf({"pack", place.pack, tar}).out, Contains(": 1 file already there; 2 kernels, "));
  check_one_error_line(run_min_btf({"pack", place.pack, one}), "it was made of one tar, whose name it does not have");
  fs::remove(place.pack);
  CHECK(run_min_btf({"pack", place.pack, tar, one}).status == 0);
  CHECK(paths() == Words{"one.btf|", "two.tar|x86_64/a.btf", "two.tar|x86_64/b.btf"});
  fs::remove(place.pack);
  CHECK(run_min_btf({"pack", place.pack, one}).status == 0);
  CHECK(paths() == Words{"one.btf|"});
  // The path of each INPUT can name an architecture.
  put(place.directory.path() / "arm64/two.btf", numbered_kernel(6));
  fs::remove(place.pack);
  CHECK(run_min_btf({"pack", "--arch=arm64", place.pack, one, place.directory.file("arm64/two.btf")}).status == 0);
  CHECK(paths() == Words{"two.btf|"});
}

TEST_CASE("cli_pack: one path with equal contents counts once, with other contents it is an error") {
  const PackPlace place;
  const fs::path other = place.directory.path() / "other";
  put(other / "copy.btf", numbered_kernel(1));
  const CommandResult merged = place.make({other});
  CHECK(merged.status == 0);
  CHECK_THAT(merged.out, StartsWith("2 inputs -> ") && Contains(": 4 kernels, ") && Contains("; 1 file found twice"));
  fs::remove(place.pack);
  put(other / "copy.btf", numbered_kernel(2));
  put(other / "more.btf", numbered_kernel(3));
  const CommandResult result = place.make({other});
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: " + (other / "copy.btf").string() + ": the path copy.btf is already that of " +
                          (place.in / "copy.btf").string() + ", which has other contents\n");
  CHECK_THAT(result.out, Contains(": 5 kernels, "));
}

TEST_CASE("cli_pack: a kernel that cannot be read is an error, and the others are in the pack") {
  const PackPlace place;
  put(place.in / "bad.btf", "text");
  const CommandResult result = place.make();
  CHECK(result.status == 1);
  CHECK_THAT(result.err,
             StartsWith("min-btf: error: " + (place.in / "bad.btf").string() + ": ") && Contains("but a text file"));
  CHECK_THAT(result.out, Contains(": 4 kernels, "));
  const std::string without = contents_of(place.pack);
  const json document = document_of(place.make({"--json"}));
  CHECK(document.at("errors").size() == 1);
  CHECK(document.at("error").at("kind") == "kernels");
  CHECK(document.at("kernels").at("failed") == 1);
  CHECK((contents_of(place.pack) == without));
  fs::remove(place.pack);
  CHECK(place.make({"--exclude=bad.btf"}).status == 0);
  CHECK((contents_of(place.pack) == without));
  check_failure(run_min_btf({"pack", place.directory.file("none.pack"), "--include=bad.btf", place.in}), "bad.btf");
  CHECK_FALSE(fs::exists(place.directory.file("none.pack")));
}

TEST_CASE("cli_pack: without a kernel nothing is written") {
  const PackPlace place;
  const fs::path empty = place.directory.path() / "empty";
  put(empty / "README", "text");
  check_one_error_line(run_min_btf({"pack", place.pack, empty}),
                       "no kernel's BTF in it (1 other file, 0 not selected)");
  put(empty / "bad.btf", "text");
  CHECK(run_min_btf({"pack", place.pack, empty}).status == 1);
  check_one_error_line(run_min_btf({"pack", place.pack, place.directory.write("notes", "text")}), "but a text file");
  check_one_error_line(run_min_btf({"pack", place.pack, place.basic}), "no kernel's BTF in it");
  check_one_error_line(run_min_btf({"pack", place.pack, place.directory.file("missing")}), "cannot open");
  CHECK_FALSE(fs::exists(place.pack));
}

TEST_CASE("cli_pack: PACK is written only if it is a pack, empty or new, and is no INPUT") {
  const PackPlace place;
  REQUIRE(place.make().status == 0);
  CHECK(place.make().status == 0);
  const std::string text = place.directory.write("text", "precious");
  check_one_error_line(run_min_btf({"pack", text, place.in}),
                       "not replaced, because it is not a pack, but a text file");
  const std::string btf = place.directory.write("k.btf", numbered_kernel(1));
  check_one_error_line(run_min_btf({"pack", btf, place.in}), "not replaced, because it is not a pack, but raw BTF");
  CHECK(contents_of(text) == "precious");
  CHECK(run_min_btf({"pack", place.directory.write("empty", ""), place.in}).status == 0);

  check_usage_error({"pack", btf, btf}, "is INPUT");
  check_usage_error({"pack", (place.in / "new.pack").string(), place.in}, "would be in INPUT");
  check_usage_error({"pack", place.in / "ubuntu/new.pack", place.in}, "would be in INPUT");
  check_usage_error({"pack", place.directory.path(), place.in}, "is a directory, not a file");
  check_usage_error({"pack", place.directory.file("x.tar.xz"), place.in}, "has the name of an archive");
  CHECK(run_min_btf({"pack", "--json", "-", place.in}).status == 2);
  check_usage_error({"pack", place.pack}, "PACK and at least one INPUT");
  check_usage_error({"pack", place.pack, "-"}, "standard input cannot be packed");
  check_usage_error({"pack", "--list", place.pack, place.in}, "--list takes one PACK");
  check_usage_error({"pack", "--list", "--arch=x86_64", place.pack}, "--arch is not for --list");
  check_usage_error({"pack", "--lits", place.pack}, "did you mean '--list'?");
  check_usage_error({"pack", "--remove=x", place.pack, place.in}, "--remove takes one PACK, and no INPUT");
  check_usage_error({"pack", "--list", "--rebuild", place.pack}, "--rebuild is not for --list");
  check_one_error_line(run_min_btf({"pack", "--rebuild", place.directory.file("none.pack")}), "no such pack");
  check_one_error_line(run_min_btf({"pack", "--remove=x", place.directory.file("none.pack")}), "no such pack");
  check_one_error_line(run_min_btf({"pack", "--list", text}), "not a pack, but a text file");
}

TEST_CASE("cli_pack: a run that is killed, interrupted or finds the disk full leaves the old pack") {
  const PackPlace place;
  REQUIRE(place.make({"--include=copy.btf"}).status == 0);
  const std::string before = contents_of(place.pack);
  const auto whole = time_of({"pack", place.pack, place.in});
  const std::string after = contents_of(place.pack);
  CHECK((before != after));
  for (int i = 0; i < 100; ++i) {
    put(place.pack, before);
    const int signal = i % 2 == 0 ? SIGKILL : SIGTERM;
    const CommandResult result = run_and_signal({"pack", place.pack, place.in}, whole * i / 100, signal);
    const std::string now = contents_of(place.pack);
    CHECK((now == before || now == after));
    if (signal == SIGTERM) CHECK(unfinished(place.directory.path()).empty());
    for (const std::string& left : unfinished(place.directory.path())) fs::remove(place.directory.path() / left);
    if (result.status != 130) continue;
    // The first moments of a run have no text about the output.
    CHECK_THAT(result.err, StartsWith("min-btf: interrupted"));
    if (now == before) CHECK(count_of(result.err, "PACK is written") == 0);
    if (now == after) CHECK(count_of(result.err, "nothing was written") == 0);
  }
  const SmallDisk disk;
  if (!disk.is_mounted()) return skip_test("no permission to mount");
  const std::string file = disk.directory().file("all.pack");
  fs::copy_file(place.pack, file);
  const std::string old = contents_of(file);
  std::mt19937_64 random(1);  // names that cannot be compressed well
  for (std::uint32_t i = 0; i < 60; ++i) {
    BtfForge forge;
    for (std::uint32_t j = 0; j < 200; ++j) forge.structure("s" + std::to_string(random()), 4, {});
    put(place.in / ("many/" + std::to_string(i) + ".btf"), forge.bytes());
  }
  const CommandResult full = run_min_btf({"pack", file, place.in});
  CHECK(full.status == 1);
  CHECK_THAT(full.err, Contains("No space left on device"));
  CHECK((contents_of(file) == old));
  CHECK(unfinished(disk.directory().path()).empty());
}

TEST_CASE("cli_pack: a truncated or changed pack gives one line, or the results of the good pack") {
  const PackPlace place;
  REQUIRE(place.make().status == 0);
  const std::string good = contents_of(place.pack);
  REQUIRE(run_min_btf({"gen", "-q", place.pack, place.out, place.basic}).status == 0);
  const Contents expected = contents_below(place.out);
  const std::string bad = place.directory.file("bad.pack");
  const auto gen = [&](const std::string& contents) {
    static_cast<void>(place.directory.write("bad.pack", contents));
    fs::remove_all(place.out);
    return run_min_btf({"gen", "-q", bad, place.out, place.basic});
  };
  for (std::size_t size = 8; size < good.size(); size += 1 + good.size() / 40) {
    CAPTURE(size);
    check_one_error_line(gen(good.substr(0, size)), bad);
  }
  check_one_error_line(gen(good + "x"), bad);
  for (std::size_t at = 8; at < good.size(); at += 1 + good.size() / 60) {
    CAPTURE(at);
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    const CommandResult result = gen(changed);
    if (result.status == 0) {
      CHECK(differences(contents_below(place.out), expected).empty());
    } else {
      CHECK(result.status == 1);
      CHECK_THAT(result.err, StartsWith("min-btf: "));
    }
    CHECK(count_of(result.err, "internal") == 0);
  }
}
