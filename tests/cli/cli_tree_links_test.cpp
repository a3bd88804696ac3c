// SPDX-License-Identifier: BSD-2-Clause
// Links between outputs, links in the input, and files of earlier runs.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Writes two groups of kernels with equal results, and one kernel with a unique result.
void put_equal_ones(const fs::path& in) {
  put(in / "b/one.btf", small_kernel({.task = 1, .unasked = 1}));
  put(in / "b/c/one.btf", small_kernel({.task = 1, .unasked = 2}));
  put(in / "a/two.btf", small_kernel({.task = 2, .unasked = 3}));
  put(in / "b/two.btf", small_kernel({.task = 2, .unasked = 4}));
  put(in / "with space/new\nline/one.btf", small_kernel({.task = 1, .unasked = 5}));
  put(in / "alone.btf", small_kernel({.task = 3}));
}

/// Returns the outputs of separate runs for each kernel.
Contents expected_of(const fs::path& in, const std::string& object) {
  Contents expected;
  for (const auto& [path, kernel] : contents_below(in)) expected[path] = reduced({object}, bytes_of(kernel));
  return expected;
}

std::string stdout_of(const std::vector<std::string>& command) {
  const CommandResult result = run_command(command);
  REQUIRE(result.status == 0);
  return result.out;
}

}  // namespace

TEST_CASE("cli_tree_links: equal outputs are relative links to the first of them") {
  const TreePlace place;
  put_equal_ones(place.in);
  const CommandResult result = place.gen();
  CHECK(result.status == 0);
  CHECK(links_in(place.out) ==
        std::map<std::string, std::string>{{"b/one.btf", "c/one.btf"},
                                           {"b/two.btf", "../a/two.btf"},
                                           {"with space/new\nline/one.btf", "../../b/c/one.btf"}});
  CHECK(differences(contents_below(place.out), expected_of(place.in, place.basic)) == Words{});
  CHECK_THAT(result.out,
             StartsWith("note: 3 of 6 outputs are symbolic links; go:embed, the tar reader of BCC's tools and some "));
  CHECK_THAT(result.out, Contains("; --links=copy writes files instead\n" + place.in.string() + " -> ") &&
                             Contains("; 3 of 6 outputs are links; "));
  CHECK_FALSE(document_of(place.gen({"--json"})).contains("note"));
  CHECK(place.gen({"-q"}).out.empty());
  const json document = document_of(place.gen({"--json"}));
  CHECK(document.at("outputs").at("files") == 6);
  CHECK(document.at("outputs").at("links") == 3);
  CHECK(document.at("outputs").at("distinct") == 3);
  CHECK(document.at("outputs").at("unchanged") == 6);
}

TEST_CASE(
    "cli_tree_links: if a Go file embeds the outputs, a warning reports that go:embed leaves links out, also with -q") {
  const TreePlace place;
  put_equal_ones(place.in);
  const fs::path go = place.directory.path() / "embed.go";
  put(place.directory.path() / "go.mod", "module m\n");
  put(go, "package m\n\nimport \"embed\"\n\n//go:embed out\nvar outputs embed.FS\n");
  const std::string warning = "min-btf: warning: " + fs::canonical(go).string() +
                              ": embeds outputs, but go:embed leaves links out, and 3 of 6 outputs are symbolic links; "
                              "--links=copy writes files "
                              "instead\n";
  for (const bool is_quiet : {false, true}) {
    const CommandResult result = is_quiet ? place.gen({"-q"}) : place.gen();
    CHECK(result.status == 0);
    CHECK(result.err == warning);
    CHECK_THAT(result.out, !Contains("note: "));
  }
  const CommandResult document = place.gen({"--json", "-q"});
  CHECK(document.err == warning);
  CHECK(document_of(document).at("warnings").size() == 1);
  const CommandResult copied = place.gen({"-q", "--links=copy"});
  CHECK(copied.err.empty());
}

TEST_CASE(
    "cli_tree_links: with --links=copy or --dedupe=off all outputs are files, and a later run may use other options") {
  const TreePlace place;
  put_equal_ones(place.in);
  const Contents expected = expected_of(place.in, place.basic);
  REQUIRE(place.gen().status == 0);
  const std::string linked = tar_bytes(place.out);
  for (const char* option : {"--links=copy", "--dedupe=off"}) {
    const CommandResult result = place.gen({option});
    CHECK(result.status == 0);
    CHECK(links_in(place.out).empty());
    CHECK(differences(contents_below(place.out), expected) == Words{});
    CHECK_THAT(result.out, !Contains("links"));
    CHECK(count_of(result.out, "3 of 6 outputs are copies") == (option == std::string("--links=copy") ? 1 : 0));
    REQUIRE(place.gen({"--links=symlink", "--dedupe=content"}).status == 0);
    CHECK((tar_bytes(place.out) == linked));
  }
  check_usage_error({"gen", place.in, place.out, place.basic, "--links=hard"},
                    "--links: 'hard' is neither symlink nor");
  check_usage_error({"gen", place.in, place.out, place.basic, "--dedupe=name"}, "--dedupe: 'name' is neither content");
}

TEST_CASE("cli_tree_links: the tree can be moved, copied and archived") {
  const TreePlace place;
  put_equal_ones(place.in);
  REQUIRE(place.gen().status == 0);
  const Contents expected = contents_below(place.out);
  const fs::path elsewhere = place.directory.path() / "elsewhere";
  fs::create_directories(elsewhere / "unpacked");
  static_cast<void>(stdout_of({"cp", "-a", place.out, elsewhere / "copied"}));
  static_cast<void>(stdout_of({"tar", "-C", place.out, "-cf", elsewhere / "tar", "."}));
  static_cast<void>(stdout_of({"tar", "-C", elsewhere / "unpacked", "-xf", elsewhere / "tar"}));
  fs::rename(place.out, elsewhere / "moved");
  for (const char* copy : {"copied", "unpacked", "moved"}) {
    CHECK(differences(contents_below(elsewhere / copy), expected) == Words{});
    CHECK(links_in(elsewhere / copy).size() == 3);
    CHECK(is_same_tree(elsewhere / copy, elsewhere / "moved"));
  }
}

TEST_CASE("cli_tree_links: a link to a directory has its own outputs, and a loop of links ends") {
  const TreePlace place;
  put(place.in / "amzn/2018/x86_64/a.btf", small_kernel({}));
  put(place.in / "amzn/2/b.btf", small_kernel({.task = 1}));
  fs::create_directory_symlink("2018", place.in / "amzn/1");
  fs::create_directory_symlink("../../..", place.in / "amzn/2018/x86_64/up");
  fs::create_directory_symlink(".", place.in / "amzn/2/self.btf");
  fs::create_directory_symlink("y", place.in / "x");
  fs::create_directory_symlink("x", place.in / "y");
  fs::create_symlink("b.btf", place.in / "amzn/2/c.btf");
  const CommandResult result = place.gen();
  CAPTURE(result.err);
  CHECK(result.status == 0);
  const std::string a = reduced({place.basic}, small_kernel({}));
  const std::string b = reduced({place.basic}, small_kernel({.task = 1}));
  CHECK(differences(
            contents_below(place.out),
            {{"amzn/1/x86_64/a.btf", a}, {"amzn/2018/x86_64/a.btf", a}, {"amzn/2/b.btf", b}, {"amzn/2/c.btf", b}}) ==
        Words{});
  CHECK(links_in(place.out) == std::map<std::string, std::string>{{"amzn/2/c.btf", "b.btf"},
                                                                  {"amzn/2018/x86_64/a.btf", "../../1/x86_64/a.btf"}});

  // A tar of the tree gives the same outputs.
  static_cast<void>(stdout_of({"tar", "-C", place.in, "-cf", place.directory.file("in.tar"), "."}));
  const fs::path from_tar = place.directory.path() / "from-tar";
  const CommandResult unpacked = run_min_btf({"gen", place.directory.file("in.tar"), from_tar, place.basic});
  CAPTURE(unpacked.err);
  CHECK(unpacked.status == 0);
  CHECK(is_same_tree(from_tar, place.out));
}

TEST_CASE("cli_tree_links: a link to a directory outside of INPUT is followed, and INPUT may be a link") {
  const TreePlace place;
  put(place.directory.path() / "far/deep/a.btf", small_kernel({}));
  fs::create_directory_symlink("../far", place.in / "near");
  fs::create_directory_symlink("in", place.directory.path() / "link");
  CHECK(run_min_btf({"gen", place.directory.file("link"), place.out, place.basic}).status == 0);
  CHECK(contents_below(place.out).contains("near/deep/a.btf"));
}

TEST_CASE("cli_tree_links: INPUT and OUTPUT may not contain each other") {
  const TreePlace place;
  put_equal_ones(place.in);
  const std::string before = tar_bytes(place.in);
  fs::create_directory_symlink("in", place.directory.path() / "link");
  for (const fs::path& output :
       {place.in, place.in / "a", place.in / "new", place.directory.path(), place.directory.path() / "link/new"}) {
    check_usage_error({"gen", place.in, output, place.basic},
                      " must not contain each other: the next run would read what this run writes");
  }
  CHECK((tar_bytes(place.in) == before));
}

TEST_CASE("cli_tree_links: files of earlier runs and of others are kept, and named if they look like outputs") {
  const TreePlace place;
  put_equal_ones(place.in);
  put(place.out / "b/README", "mine");
  put(place.out / "b/.hidden.btf", "mine");
  put(place.out / "mine.btf", "mine");
  fs::create_symlink("nowhere", place.out / "dangling.btf");
  fs::create_directory(place.out / "empty");
  fs::permissions(place.out / "mine.btf", fs::perms(0600));
  const auto time = fs::last_write_time(place.out / "mine.btf");
  const CommandResult result = place.gen();
  CHECK(result.status == 0);
  CHECK(count_of(result.err, "\n") == 2);
  for (const char* stale : {"dangling.btf", "mine.btf"}) {
    CHECK_THAT(result.err,
               Contains("warning: " + (place.out / stale).string() + ": not an output of this run; not changed"));
  }
  CHECK_THAT(result.out, Contains("; 2 files in " + place.out.string() + " not from this run"));
  CHECK(contents_of(place.out / "mine.btf") == "mine");
  CHECK(fs::status(place.out / "mine.btf").permissions() == fs::perms(0600));
  CHECK(fs::last_write_time(place.out / "mine.btf") == time);
  CHECK(contents_of(place.out / "b/README") == "mine");
  CHECK(contents_of(place.out / "b/.hidden.btf") == "mine");
  CHECK(fs::read_symlink(place.out / "dangling.btf") == "nowhere");
  CHECK(fs::is_directory(place.out / "empty"));
  CHECK(place.gen({"-q"}).err.empty());
  CHECK(document_of(place.gen({"--json"})).at("outputs").at("stale") == json{"dangling.btf", "mine.btf"});
}

TEST_CASE("cli_tree_links: --prune removes outputs that the manifest of the last run lists and this run did not make") {
  const TreePlace place;
  put_equal_ones(place.in);
  const std::string manifest = place.directory.file("manifest.json");
  REQUIRE(place.gen({"--manifest", manifest, "--prune"}).status == 0);
  put(place.out / "mine.btf", "mine");
  // Removes the target of a link and a complete directory, and changes an output as a user might.
  fs::remove_all(place.in / "b/c");
  fs::remove_all(place.in / "with space");
  fs::remove(place.in / "alone.btf");
  fs::remove(place.in / "a/two.btf");
  put(place.out / "alone.btf", "changed");
  const CommandResult result = place.gen({"--manifest", manifest, "--prune"});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; 3 old outputs removed"));
  Contents expected = expected_of(place.in, place.basic);
  expected["mine.btf"] = "mine";
  expected["alone.btf"] = "changed";
  CHECK(differences(contents_below(place.out), expected) == Words{});
  CHECK_FALSE(fs::exists(place.out / "with space"));
  CHECK_FALSE(fs::exists(place.out / "b/c"));
  CHECK_FALSE(fs::exists(place.out / "a"));
  check_usage_error({"gen", place.in, place.out, place.basic, "--prune"}, "--prune needs --manifest");
}

TEST_CASE("cli_tree_links: --prune without a manifest of the last run removes nothing, and prints a note") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  const std::string manifest = place.directory.file("manifest.json");
  const CommandResult first = place.gen({"--manifest", manifest, "--prune"});
  CHECK(first.status == 0);
  CHECK(count_of(first.out, "note: --prune removed nothing: " + manifest +
                                ", the manifest of the last run, does not exist\n") == 1);
  CHECK_THAT(place.gen({"--manifest", manifest, "--prune"}).out, !Contains("note: --prune"));
  fs::remove(manifest);
  CHECK(place.gen({"-q", "--manifest", manifest, "--prune"}).out.empty());
}

TEST_CASE("cli_tree_links: one link and one copy are reported in the singular") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  CHECK_THAT(place.gen().out, !Contains("equal"));
  put(place.in / "b.btf", small_kernel({.task = 1}));
  CHECK_THAT(place.gen().out, Contains("; no two outputs are equal; "));
  put(place.in / "c.btf", small_kernel({.task = 1, .unasked = 1}));
  CHECK_THAT(place.gen().out,
             StartsWith("note: 1 of 3 outputs is a symbolic link; ") && Contains("; 1 of 3 outputs is a link; "));
  CHECK_THAT(place.gen({"--links=copy"}).out, Contains("; 1 of 3 outputs is a copy of another; "));
}

TEST_CASE("cli_tree_links: with --prune a second run gives the same tree as a fresh run") {
  const TreePlace place;
  put_kernels(place.in);
  const std::string manifest = place.directory.file("manifest");
  REQUIRE(place.gen({place.ambiguous, "--manifest", manifest}).status == 0);
  fs::remove_all(place.in);
  put_kernels(place.in, true);
  REQUIRE(place.gen({"--manifest", manifest, "--prune"}).status == 0);
  const fs::path fresh = place.directory.path() / "fresh";
  REQUIRE(run_min_btf({"gen", place.in, fresh, place.basic}).status == 0);
  CHECK(is_same_tree(place.out, fresh));
}

TEST_CASE("cli_tree_links: --prune removes nothing outside of the tree, and nothing if the manifest is damaged") {
  const TreePlace place;
  put_equal_ones(place.in);
  const std::string manifest = place.directory.file("manifest.json");
  const std::string victim = place.directory.write("victim.btf", reduced({place.basic}, small_kernel({.task = 3})));
  for (const std::string& path : {std::string("../victim.btf"), victim, std::string("a/../../victim.btf")}) {
    REQUIRE(place.gen({"--manifest", manifest}).status == 0);
    json forged = json::parse(contents_of(manifest));
    for (json& kernel : forged.at("kernels")) {
      if (kernel.at("output") == "alone.btf") kernel["output"] = path;
    }
    put(manifest, forged.dump());
    const CommandResult result = place.gen({"--manifest", manifest, "--prune"});
    CAPTURE(path, result.err);
    CHECK((result.status == 0 || result.status == 1));
    CHECK(fs::exists(victim));
    fs::remove(manifest);
  }
  const std::string before = tar_bytes(place.out);
  put(manifest, "{ \"tool\": \"min-btf\", ");
  const CommandResult damaged = place.gen({"--manifest", manifest, "--prune"});
  CHECK(damaged.status == 1);
  CHECK_THAT(damaged.err, StartsWith("min-btf: error: " + manifest + ": "));
  CHECK((tar_bytes(place.out) == before));
}

TEST_CASE("cli_tree_links: link targets that repeat links to other targets do not take exponential time") {
  const TreePlace place;
  TarForge tar;
  tar.file("d/f.btf", small_kernel({.task = 1})).symlink("d/l0", "../d");
  for (int i = 1; i <= 10; ++i) {
    const std::string below = "l" + std::to_string(i - 1);
    std::string target = below;
    for (int repeat = 0; repeat < 200; ++repeat) target += "/" + below;
    tar.symlink("d/l" + std::to_string(i), target);
  }
  put(place.in / "hostile.tar", tar.symlink("x.btf", "d/l10/f.btf").bytes());
  const CommandResult result = place.gen();  // killed after two minutes
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("hostile.tar: x.btf: a link to d/l10/f.btf, but the tar has no selected kernel"));
  CHECK(contents_of(place.out / "d/f.btf") == reduced({place.basic}, small_kernel({.task = 1})));
}
