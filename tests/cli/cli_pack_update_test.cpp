// SPDX-License-Identifier: BSD-2-Clause
// `min-btf pack` with a PACK that is there: files are added, replaced and removed, and packs are INPUTs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pack/section_file.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Returns the pack with a damaged byte in a section.
std::string with_damage(std::string pack, const minbtf::pack::Section& section) {
  pack[static_cast<std::size_t>(section.offset + section.stored - 1)] ^= 1;
  return pack;
}

struct UpdatePlace : TreePlace {
  std::string pack = directory.file("all.pack");

  UpdatePlace() {
    for (std::uint32_t i = 0; i < 6; ++i)
      put(in / (i % 2 == 0 ? "x86_64" : "arm64") / (std::to_string(i) + ".btf"), numbered_kernel(i));
    put(in / "README", "text");
  }

  [[nodiscard]] CommandResult run(const Words& words) const { return run_min_btf(joined({"pack"}, words)); }

  /// Packs the tree into a new file, and returns its contents.
  [[nodiscard]] std::string at_once(const Words& words = {}) const {
    const std::string file = directory.file("new.pack");
    fs::remove(file);
    REQUIRE(run(joined({file, in}, words)).status == 0);
    return contents_of(file);
  }

  [[nodiscard]] json list(const std::string& file) const { return document_of(run({"--list", "--json", file})); }
  [[nodiscard]] Words paths() const {
    Words paths;
    const json document = list(pack);
    for (const json& kernel : document.at("kernels")) paths.push_back(kernel.at("source"));
    return paths;
  }
};

}  // namespace

TEST_CASE("cli_pack_update: kernels are added to a pack that is there, and --rebuild gives the pack of all") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in, "--include=0.btf"}).status == 0);
  const CommandResult more = place.run({place.pack, place.in, "--include=arm64"});
  CHECK(more.status == 0);
  CHECK(more.err.empty());
  CHECK_THAT(more.out, StartsWith(place.in.string() + " -> " + place.pack + ": 3 files added; 4 kernels, ") &&
                           Contains("; 0 verbatim; 1 other file ignored; 3 not selected\n"));
  const json document = document_of(place.run({place.pack, place.in, "--json"}));
  CHECK(document.at("files") == json{{"added", 2}, {"replaced", 0}, {"removed", 0}, {"already_there", 4}});
  CHECK(document.at("pack").at("segments") == 3);
  CHECK(document.at("pack").at("kernels") == 6);
  CHECK(document.at("pack").at("written") == true);
  CHECK(place.list(place.pack).at("totals").at("ignored") == 1);

  const json none = document_of(place.run({place.pack, place.in, "--json"}));
  CHECK(none.at("files") == json{{"added", 0}, {"replaced", 0}, {"removed", 0}, {"already_there", 6}});
  CHECK(none.at("kernels").at("done") == 6);
  CHECK(none.at("kernels").at("distinct") == 6);
  CHECK(none.at("kernels").at("bytes") == document.at("kernels").at("bytes"));
  CHECK(place.run({place.pack, place.in, "--include=3.btf"}).err.empty());

  const std::string in_steps = contents_of(place.pack);
  const CommandResult same = place.run({place.pack, place.in});
  CHECK(same.status == 0);
  CHECK_THAT(same.out, Contains(": 6 files already there; 6 kernels, "));
  CHECK((contents_of(place.pack) == in_steps));

  const CommandResult rebuilt = place.run({"--rebuild", place.pack});
  CHECK(rebuilt.status == 0);
  CHECK_THAT(rebuilt.out, StartsWith(place.pack + ": rebuilt; 6 kernels, "));
  CHECK((contents_of(place.pack) == place.at_once()));
}

TEST_CASE("cli_pack_update: --rebuild with INPUT adds the kernels first") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in, "--include=x86_64"}).status == 0);
  CHECK_THAT(place.run({"--rebuild", place.pack, place.in}).out,
             Contains(": 3 files added, 3 files already there, rebuilt; 6 kernels, "));
  CHECK((contents_of(place.pack) == place.at_once()));
}

TEST_CASE("cli_pack_update: a path with other contents is an error for this file, unless --replace is given") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in}).status == 0);
  put(place.in / "x86_64/2.btf", numbered_kernel(20));
  put(place.in / "x86_64/6.btf", numbered_kernel(6));
  const CommandResult conflict = place.run({place.pack, place.in});
  CHECK(conflict.status == 1);
  CHECK(conflict.err == "min-btf: error: " + (place.in / "x86_64/2.btf").string() +
                            ": the path x86_64/2.btf is already that of " + place.pack +
                            ", which has other contents (--replace)\n");
  CHECK_THAT(conflict.out, Contains(": 1 file added, 6 files already there; 7 kernels, ") ||
                               Contains(": 1 file added, 5 files already there; 7 kernels, "));
  const json failed = document_of(place.run({place.pack, place.in, "--json"}));
  CHECK(failed.at("kernels").at("failed") == 1);
  CHECK(failed.at("pack").at("written") == false);

  const CommandResult replaced = place.run({"--replace", place.pack, place.in});
  CHECK(replaced.status == 0);
  CHECK_THAT(replaced.out, Contains(": 1 file replaced, 6 files already there; 7 kernels, "));
  // The old kernel is in the pack until it is rebuilt.
  const std::string before = contents_of(place.pack);
  CHECK(before != place.at_once());
  REQUIRE(place.run({"--rebuild", place.pack}).status == 0);
  CHECK((contents_of(place.pack) == place.at_once()));
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  const std::string out = place.directory.file("from-pack");
  static_cast<void>(place.directory.write("segments.pack", before));
  REQUIRE(run_min_btf({"gen", "-q", place.directory.file("segments.pack"), out, place.basic}).status == 0);
  CHECK(differences(contents_below(out), contents_below(place.out)).empty());
}

TEST_CASE("cli_pack_update: INPUTs that contradict each other are an error with --replace, too") {
  const UpdatePlace place;
  const fs::path other = place.directory.path() / "other";
  put(other / "x86_64/0.btf", numbered_kernel(50));
  REQUIRE(place.run({place.pack, place.in}).status == 0);
  const CommandResult result = place.run({"--replace", place.pack, place.in, other});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("the path x86_64/0.btf is already that of " + (place.in / "x86_64/0.btf").string() +
                                  ", which has other contents\n"));
}

TEST_CASE("cli_pack_update: --remove removes the files that match, and status 3 is that none matches") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in}).status == 0);
  const CommandResult removed = place.run({"--remove=arm64", "--remove", "**/2.btf", "--remove=nothing", place.pack});
  CHECK(removed.status == 0);
  CHECK(removed.err == "min-btf: warning: --remove=nothing: matches no file in " + place.pack + "\n");
  CHECK_THAT(removed.out, StartsWith(place.pack + ": 4 files removed; 2 kernels, "));
  CHECK(place.paths() == Words{"x86_64/0.btf", "x86_64/4.btf"});
  const std::string less = contents_of(place.pack);

  const CommandResult none = place.run({"--remove=arm64", place.pack});
  CHECK(none.status == 3);
  CHECK_THAT(none.out, Contains(": nothing removed; 2 kernels, "));
  CHECK((contents_of(place.pack) == less));

  CHECK_THAT(place.run({place.pack, place.in}).out, Contains(": 4 files added, 2 files already there; 6 kernels, "));
  CHECK(place.paths().size() == 6);

  CHECK(place.run({"--remove=arm64", "--rebuild", place.pack}).status == 0);
  CHECK((contents_of(place.pack) == place.at_once({"--exclude=arm64"})));
  CHECK(place.run({"--remove=**", place.pack}).status == 0);
  CHECK(place.paths().empty());
  CHECK(place.run({"--rebuild", place.pack}).status == 0);
  CHECK(place.run({place.pack, place.in}).status == 0);
  CHECK(place.paths().size() == 6);
}

TEST_CASE("cli_pack_update: packs are INPUTs, and give the pack of the trees that they were made of") {
  const UpdatePlace place;
  const std::string x86 = place.directory.file("x86.pack");
  const std::string arm = place.directory.file("arm.pack");
  REQUIRE(place.run({x86, place.in, "--include=x86_64"}).status == 0);
  REQUIRE(place.run({arm, place.in, "--include=1.btf"}).status == 0);
  REQUIRE(place.run({arm, place.in, "--include=arm64"}).status == 0);
  const CommandResult both = place.run({place.pack, x86, arm});
  CHECK(both.status == 0);
  CHECK_THAT(both.out, StartsWith("2 inputs -> ") && Contains(": 6 kernels, ") && EndsWith("; 1 other file ignored\n"));
  CHECK((contents_of(place.pack) == place.at_once()));
  CHECK_THAT(place.run({place.pack, arm}).out, Contains(": 3 files already there; 6 kernels, "));

  fs::remove(place.pack);
  CHECK(place.run({place.pack, place.in, arm}).status == 0);
  CHECK((contents_of(place.pack) == place.at_once()));
  fs::remove(place.pack);
  const CommandResult selected = place.run({place.pack, arm, "--exclude=3.btf"});
  CHECK(selected.status == 0);
  CHECK_THAT(selected.out, Contains(": 2 kernels, ") && EndsWith("; 1 not selected\n"));
  CHECK((contents_of(place.pack) == place.at_once({"--include=arm64", "--exclude=3.btf"})));
  check_usage_error({"pack", arm, arm}, "is INPUT");
  check_one_error_line(place.run({place.pack, place.directory.write("bad.pack", contents_of(arm).substr(0, 500))}),
                       "truncated");
}

TEST_CASE("cli_pack_update: a selection can take more members of the same tar later") {
  const UpdatePlace place;
  TarForge tar;
  for (std::uint32_t i = 0; i < 3; ++i) tar.file("x86_64/" + std::to_string(i) + ".btf", numbered_kernel(i));
  put(place.in / "all.tar", tar.bytes());
  REQUIRE(place.run({place.pack, place.in, "--include=1.btf"}).status == 0);
  const CommandResult other = place.run({place.pack, place.in, "--include=2.btf"});
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains("which has other contents, of the same tar (--replace)"));
  CHECK_THAT(place.run({place.pack, place.in}).out, Contains("1 file replaced"));
  REQUIRE(place.run({"--rebuild", place.pack}).status == 0);
  CHECK((contents_of(place.pack) == place.at_once()));
  CHECK_THAT(place.run({place.pack, place.in, "--include=1.btf"}).out, Contains("already there"));
  CHECK((contents_of(place.pack) == place.at_once()));
}

TEST_CASE("cli_pack_update: a broken kernel is an error, and the others are added") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in, "--include=x86_64"}).status == 0);
  Bytes broken = numbered_kernel(7);
  broken.resize(broken.size() / 2);
  put(place.in / "arm64/broken.btf", broken);
  const CommandResult result = place.run({place.pack, place.in});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, StartsWith("min-btf: error: " + (place.in / "arm64/broken.btf").string() + ": "));
  CHECK_THAT(result.out, Contains(": 3 files added, 3 files already there; 6 kernels, "));
  CHECK(place.paths().size() == 6);
  // Without any kernel to add, nothing changes.
  const std::string before = contents_of(place.pack);
  CHECK(place.run({place.pack, place.in, "--include=broken.btf"}).status == 1);
  CHECK((contents_of(place.pack) == before));
}

TEST_CASE("cli_pack_update: of many runs at once, each adds its kernels") {
  const UpdatePlace place;
  const bool is_there = GENERATE(false, true);
  if (is_there) REQUIRE(place.run({place.pack, place.in, "--include=0.btf"}).status == 0);
  const std::string script =
      "for i in 0 1 2 3 4 5; do \"$0\" pack -q \"$1\" \"$2\" --include=$i.btf & all=\"$all $!\"; done; "
      "status=0; for each in $all; do wait $each || status=1; done; exit $status";
  const CommandResult result = run_command({"sh", "-c", script, TEST_BINARY, place.pack, place.in});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(place.paths().size() == 6);
  CHECK(unfinished(place.directory.path()).empty());
  REQUIRE(place.run({"--rebuild", place.pack}).status == 0);
  CHECK((contents_of(place.pack) == place.at_once()));
}

TEST_CASE("cli_pack_update: PACK keeps its permissions, and a link to it stays a link") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in, "--include=0.btf"}).status == 0);
  fs::permissions(place.pack, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  const std::string link = place.directory.file("link.pack");
  fs::create_symlink("all.pack", link);
  CHECK(place.run({link, place.in}).status == 0);
  CHECK(fs::is_symlink(link));
  CHECK(fs::status(place.pack).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
  CHECK(place.paths().size() == 6);
}

TEST_CASE("cli_pack_update: a pack with a damaged section is not changed, and --rebuild needs only what kernels need") {
  using minbtf::pack::SectionType;
  const UpdatePlace place;
  BtfForge first;
  first.func("first", first.func_proto(first.integer("int", 4, 1), {}));
  put(place.in / "x86_64/func.btf", first.bytes());
  REQUIRE(place.run({place.pack, place.in, "--include=x86_64"}).status == 0);
  BtfForge forge;
  const std::uint32_t integer = forge.integer("int", 4, 1);
  const std::uint32_t added = forge.structure("added", 8, {{"one", integer, 0}, {"other", integer, 32}});
  forge.structure("user", 8, {{"added", forge.ptr(added), 0}});
  forge.func("schedule", forge.func_proto(integer, {{"task", forge.ptr(added)}}));
  put(place.in / "arm64/new.btf", forge.bytes());
  REQUIRE(place.run({place.pack, place.in, "--include=new.btf"}).status == 0);
  const std::string sound = contents_of(place.pack);
  const Bytes bytes(sound.begin(), sound.end());
  const minbtf::pack::SectionFile file(bytes, "pack");
  std::size_t rebuilt = 0;
  for (const minbtf::pack::Section& section : file.sections()) {
    if (section.stored == 0) continue;
    const std::string damaged = with_damage(sound, section);
    CAPTURE(minbtf::pack::to_string(section.type), section.segment);
    const auto fails = [&](const Words& words) {
      put(place.pack, damaged);
      check_one_error_line(place.run(words), place.pack + ": " + minbtf::pack::to_string(section.type));
      CHECK((contents_of(place.pack) == damaged));
    };
    fails({place.pack, place.in, "--include=new.btf"});
    fails({"--replace", place.pack, place.in, "--include=x86_64"});
    fails({"--remove=arm64", place.pack});
    fails({"--rebuild", place.pack});
    const bool is_only_of_added = section.segment == 1 && section.type != SectionType::names &&
                                  section.type != SectionType::fields && section.type != SectionType::keys &&
                                  section.type != SectionType::kernels;
    if (!is_only_of_added) continue;
    ++rebuilt;
    put(place.pack, damaged);
    CHECK(place.run({"--remove=arm64", "--rebuild", place.pack}).status == 0);
    CHECK((contents_of(place.pack) == place.at_once({"--include=x86_64"})));
    // The same kernels as INPUT.
    put(place.pack, damaged);
    const std::string other = place.directory.file("other.pack");
    fs::remove(other);
    CHECK(place.run({other, place.pack, "--exclude=arm64"}).status == 0);
    CHECK((contents_of(other) == contents_of(place.directory.file("new.pack"))));
  }
  CHECK(rebuilt >= 6);
}

TEST_CASE("cli_pack_update: without INPUT, options that select from it are refused") {
  const UpdatePlace place;
  REQUIRE(place.run({place.pack, place.in}).status == 0);
  const std::string before = contents_of(place.pack);
  for (const std::string option : {"--include=0.btf", "--exclude=0.btf", "--arch=arm64", "--replace", "--types-only",
                                   "--max-members=5", "--max-path=5"}) {
    const std::string message =
        option.substr(0, option.find('=')) + " is for the kernels in INPUT, and there is no INPUT";
    check_usage_error({"pack", "--remove=1.btf", option, place.pack}, message);
    check_usage_error({"pack", "--rebuild", option, place.pack}, message);
  }
  CHECK((contents_of(place.pack) == before));
}

TEST_CASE("cli_pack_update: a pack of types only is INPUT of a pack of types only") {
  const UpdatePlace place;
  const std::string types = place.directory.file("types.pack");
  REQUIRE(place.run({"--types-only", types, place.in}).status == 0);
  check_one_error_line(place.run({place.pack, types}),
                       types +
                           ": a pack of types only; it can be INPUT only if PACK has types only as well "
                           "(--types-only)\n");
  CHECK(place.run({"--types-only", place.pack, types}).status == 0);
  CHECK((contents_of(place.pack) == contents_of(types)));
  const std::string empty = place.directory.write("empty.pack", std::string());
  check_one_error_line(place.run({"--rebuild", empty}), "an empty file; --remove and --rebuild change a pack");
}

TEST_CASE("cli_pack_update: an option that matches only a kernel that failed is not reported as without a match") {
  const UpdatePlace place;
  put(place.in / "arm64/big.btf", kernel_btf());
  const Words options = {"--max-kernel-size=" + std::to_string(kernel_btf().size() - 1), "--include=big.btf",
                         "--include=0.btf", "--include=nothing"};
  const auto check = [&](const CommandResult& result) {
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains("over the limit of") && Contains("--include=nothing: matches no selected kernel") &&
                               !Contains("--include=big.btf: matches"));
  };
  check(place.run(joined({place.pack, place.in}, options)));
  const std::string whole = place.directory.file("whole.pack");
  REQUIRE(place.run({whole, place.in}).status == 0);
  check(place.run(joined({place.directory.file("second.pack"), whole}, options)));
  check(run_min_btf(joined({"unpack", whole, place.out}, options)));
}
