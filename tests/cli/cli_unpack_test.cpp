// SPDX-License-Identifier: BSD-2-Clause
// `min-btf unpack`, run as a user does.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "pack/pack_writer.hpp"
#include "pack/section_file.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// BTF that does not fit the model: a struct that contains itself.
Bytes endless_kernel() {
  BtfForge forge;
  const std::uint32_t self = forge.next_id();
  forge.structure("endless", 4, {{"self", self, 0}});
  return forge.bytes();
}

/// A kernel with extras, in an order in which it is not unpacked.
Bytes kernel_with_extras() {
  BtfForge forge;
  const std::uint32_t integer = forge.integer("int", 4, 1);
  forge.func("schedule", forge.func_proto(integer, {{"flags", integer}}));
  forge.structure("task_struct", 8, {{"pid", integer, 0}, {"tgid", integer, 32}});
  forge.enumeration("", 4, {{"FREE_CONSTANT", 7}});
  forge.datasec(".data", 4, {{forge.var("jiffies", integer, 1), 0, 4}});
  return forge.bytes();
}

const std::string ubuntu = "ubuntu/20.04/x86_64/5.4.0-42-generic.btf";
const std::string arm = "ubuntu/20.04/arm64/5.4.0-43-generic.btf";
const std::string big = "debian/s390x/6.1.0-50-s390x.btf";
const std::string odd = "odd/arm64/vmlinux-1.0.btf";

/// A pack of a tree with four kernels, one of them verbatim.
struct UnpackPlace : TreePlace {
  std::string pack = directory.file("all.pack");

  explicit UnpackPlace(const Words& more = {}) {
    put(in / (ubuntu + ".tar.xz"),
        compressed(TarForge().file("./5.4.0-42-generic.btf", kernel_btf()).bytes(), Compression::xz));
    put(in / arm, kernel_with_extras());
    put(in / big, kernel_btf("eb"));
    put(in / odd, endless_kernel());
    put(in / "README", "text");
    REQUIRE(run_min_btf(joined({"pack", "-q", pack, in}, more)).status == 0);
  }

  [[nodiscard]] CommandResult unpack(const Words& more = {}) const {
    return run_min_btf(joined({"unpack", pack, out}, more));
  }
};

/// What a pack has of the types: the sections that are not about the files and sizes of kernels.
std::vector<std::string> types_of(const fs::path& pack) {
  const std::string text = contents_of(pack);
  const Bytes bytes(text.begin(), text.end());
  const minbtf::pack::SectionFile file(bytes, "pack");
  std::vector<std::string> sections;
  for (const minbtf::pack::Section& section : file.sections()) {
    if (section.type != minbtf::pack::SectionType::sources && section.type != minbtf::pack::SectionType::kernels)
      sections.push_back(minbtf::pack::to_string(section.type) + " " + section.hash.hex());
  }
  return sections;
}

/// Returns the declarations that `dump --format=c` prints, without those that only name a type: they depend on the
/// order of the types.
std::multiset<std::string> declarations_in(const fs::path& kernel) {
  const CommandResult dumped = run_min_btf({"dump", "--format=c", kernel.string()});
  REQUIRE(dumped.status == 0);
  std::multiset<std::string> declarations;
  std::istringstream lines(dumped.out);
  std::string declaration;
  for (std::string line; std::getline(lines, line);) {
    declaration += line + "\n";
    if (!line.empty()) continue;
    if (declaration.find('{') != std::string::npos || declaration.starts_with("typedef"))
      declarations.insert(declaration);
    declaration.clear();
  }
  return declarations;
}

}  // namespace

TEST_CASE("cli_unpack: dump declares the same types in C as for the kernel that was packed") {
  const UnpackPlace place;
  REQUIRE(place.unpack().status == 0);
  for (const auto& [packed, unpacked] :
       {std::pair{ubuntu + ".tar.xz", ubuntu}, std::pair{arm, arm}, std::pair{big, big}}) {
    const auto expected = declarations_in(place.in / packed);
    CHECK(expected.size() > 1);
    CHECK(declarations_in(place.out / unpacked) == expected);
  }
}

TEST_CASE("cli_unpack: the kernels of a tree are written again, with their paths and types") {
  const UnpackPlace place;
  const CommandResult result = place.unpack();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, StartsWith(place.pack + " -> " + place.out.string() + ": 4 kernels, ") && EndsWith("B\n"));
  CHECK(paths_of(contents_below(place.out)) == std::vector{big, odd, arm, ubuntu});
  // A kernel that does not fit the format of packs comes back byte for byte.
  CHECK(contents_of(place.out / odd) == contents_of(place.in / odd));
  CHECK(contents_of(place.out / arm) != contents_of(place.in / arm));
  CHECK(fs::file_size(place.out / arm) == fs::file_size(place.in / arm));

  const std::string again = place.directory.file("again.pack");
  REQUIRE(run_min_btf({"pack", "-q", again, place.out}).status == 0);
  CHECK(types_of(again) == types_of(place.pack));

  const fs::path reduced = place.directory.path() / "reduced";
  const fs::path expected = place.directory.path() / "expected";
  for (const auto& [input, output] : {std::pair{place.in, expected}, std::pair{place.out, reduced}})
    REQUIRE(run_min_btf({"gen", "-q", "--exclude=odd/**", input, output, place.basic}).status == 0);
  CHECK(differences(contents_below(reduced), contents_below(expected)).empty());
}

TEST_CASE("cli_unpack: with xz the files are those of BTFHub, and packing them gives the same paths") {
  const UnpackPlace place;
  REQUIRE(place.unpack({"--compress=xz", "-q"}).status == 0);
  CHECK(paths_of(contents_below(place.out)) ==
        std::vector{big + ".tar.xz", odd + ".tar.xz", arm + ".tar.xz", ubuntu + ".tar.xz"});
  const std::string again = place.directory.file("again.pack");
  REQUIRE(run_min_btf({"pack", "-q", again, place.out}).status == 0);
  CHECK(types_of(again) == types_of(place.pack));
  const json list = document_of(run_min_btf({"pack", "--list", "--json", again})).at("kernels");
  REQUIRE(list.size() == 4);
  CHECK(list.at(3).at("source") == ubuntu + ".tar.xz");
  CHECK(list.at(3).at("member") == "5.4.0-42-generic.btf");
}

TEST_CASE("cli_unpack: with zst each file is compressed, and no thread changes a byte") {
  const UnpackPlace place;
  REQUIRE(place.unpack({"--compress=zst", "-q", "-j1"}).status == 0);
  const Contents one = contents_below(place.out);
  CHECK(paths_of(one) == std::vector{big + ".zst", odd + ".zst", arm + ".zst", ubuntu + ".zst"});
  fs::remove_all(place.out);
  REQUIRE(place.unpack({"--compress=zst", "-q", "-j4"}).status == 0);
  CHECK(differences(contents_below(place.out), one).empty());
  CHECK(run_min_btf({"dump", (place.out / (arm + ".zst")).string(), "func", "schedule"}).status == 0);
}

TEST_CASE("cli_unpack: a second run changes nothing, and other files stay") {
  const UnpackPlace place;
  put(place.out / "other/file.btf", "text");
  REQUIRE(place.unpack().status == 0);
  fs::remove(place.out / arm);
  put(place.out / big, "something else");
  const CommandResult again = place.unpack({"--verbose"});
  CHECK(again.status == 0);
  CHECK_THAT(again.out, EndsWith("; 2 unchanged\n") && Contains("\n" + arm + ": "));
  CHECK(contents_of(place.out / "other/file.btf") == "text");
  CHECK(contents_below(place.out).size() == 5);
  CHECK(unfinished(place.out).empty());
}

TEST_CASE("cli_unpack: options select kernels") {
  const UnpackPlace place;
  const CommandResult result =
      place.unpack({"--arch=arm64", "--exclude=odd/**", "--include=nothing", "--include=ubuntu/**"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("--include=nothing: matches no selected kernel"));
  CHECK_THAT(result.out, EndsWith("; 3 not selected\n"));
  CHECK(paths_of(contents_below(place.out)) == std::vector{arm});
  check_one_error_line(place.unpack({"--exclude=*"}), "no kernel's BTF in it (1 other file, 4 not selected)");
}

TEST_CASE("cli_unpack: kernels of a pack of types only are written with a warning") {
  const UnpackPlace place({"--types-only"});
  const CommandResult result = place.unpack();
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("3 kernels with types only: no functions, variables, sections and declaration tags"));
  CHECK_THAT(result.out, Contains("; 3 with types only"));
  CHECK_THAT(contents_of(place.out / arm), Contains("task_struct") && !Contains("schedule") && !Contains("jiffies"));
  const json document = document_of(place.unpack({"--json"}));
  CHECK(document.at("kernels").at("types_only") == 3);
  CHECK(document.at("warnings").size() == 1);
  CHECK(document.at("outputs").at(1).at("types_only") == false);  // verbatim
  CHECK(document.at("outputs").at(2).at("types_only") == true);
}

TEST_CASE("cli_unpack: --json has the figures and the outputs") {
  const UnpackPlace place;
  const json document = document_of(place.unpack({"--json", "--compress=xz"}));
  CHECK(document.at("input") == place.pack);
  CHECK(document.at("output") == place.out.string());
  CHECK(document.at("compress") == "xz");
  json kernels = document.at("kernels");
  CHECK(kernels.at("bytes").get<std::size_t>() > 1000);
  kernels.erase("bytes");
  CHECK(kernels == json{{"done", 4}, {"failed", 0}, {"types_only", 0}, {"repeated", 0}, {"unselected", 0}});
  CHECK(document.at("unchanged") == 0);
  REQUIRE(document.at("outputs").size() == 4);
  CHECK(document.at("outputs").at(2) ==
        json{{"path", arm + ".tar.xz"}, {"bytes", kernel_with_extras().size()}, {"types", 7}, {"types_only", false}});
}

TEST_CASE("cli_unpack: a kernel that fails is an error, and the others are written") {
  const UnpackPlace place;
  const CommandResult result = place.unpack({"--max-kernel-size=300"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("over the limit of 300"));
  CHECK(paths_of(contents_below(place.out)) == std::vector{odd, arm});
}

TEST_CASE("cli_unpack: paths that lead out of OUTPUT are refused, and two kernels with one path") {
  const UnpackPlace place;
  minbtf::pack::PackWriter writer;
  const std::uint32_t number = writer.add_kernel(kernel_with_extras(), "kernel");
  const std::uint32_t other = writer.add_kernel(kernel_btf(), "other");
  minbtf::pack::Catalog catalog;
  for (const auto& [path, kernel] :
       std::vector<std::pair<std::string, std::uint32_t>>{{"../x.btf", number},
                                                          {"/y.btf", number},
                                                          {std::string("a\0b.btf", 7), number},
                                                          {"a/../../z.btf", number},
                                                          {"good.btf", number},
                                                          {"good.btf.xz", other}}) {
    catalog.sources.push_back({.path = path, .members = {{.path = "", .kernel = kernel}}});
  }
  put(place.pack, writer.finish(std::move(catalog)));
  const CommandResult result = place.unpack();
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("refused: ") && Contains("the output path good.btf is already used"));
  CHECK_THAT(result.err, Contains(": a\\x00b.btf: refused: a path with a zero byte\n"));
  CHECK(paths_of(contents_below(place.out)) == std::vector<std::string>{"good.btf"});
  CHECK_FALSE(fs::exists(place.directory.path() / "x.btf"));
  CHECK_FALSE(fs::exists(place.directory.path() / "z.btf"));
}

TEST_CASE("cli_unpack: what is no pack, and what is no directory, is refused") {
  const UnpackPlace place;
  check_one_error_line(run_min_btf({"unpack", (place.in / arm).string(), place.out}),
                       (place.in / arm).string() + ": not a pack, but ");
  const auto usage = [&](const Words& words, const std::string& message) {
    const CommandResult result = run_min_btf(joined({"unpack"}, words));
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message));
  };
  usage({place.pack}, "PACK and OUTPUT");
  usage({place.pack, place.out, place.out}, "unpack takes PACK and OUTPUT");
  usage({place.pack, "-"}, "OUTPUT is a directory");
  usage({place.pack, place.in / arm}, "is not a directory");
  usage({place.pack, place.directory.file("x.tar.xz")}, "the name is that of an archive");
  usage({place.pack, place.directory.path().string()}, "is in OUTPUT");
  usage({place.pack, place.out, "--compress=bzip2"}, "--compress");
  CHECK_FALSE(fs::exists(place.out));
}
