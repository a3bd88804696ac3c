// SPDX-License-Identifier: BSD-2-Clause
// gen --dedupe=answers: kernels on which libbpf resolves every relocation alike share an output.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Writes kernels with three outputs for `basic`, of which those of `a/plain` and `b/flavor` have equal answers.
void put_kernels_with_flavors(const fs::path& in) {
  put(in / "a/plain.btf", small_kernel({.task = 1, .unasked = 1}));
  put(in / "a/plain-again.btf", small_kernel({.task = 1, .unasked = 2}));
  put(in / "b/flavor.btf", small_kernel({.task = 1, .unasked = 3, .flavor = "___x"}));
  put(in / "b/flavor-again.btf", small_kernel({.task = 1, .unasked = 4, .flavor = "___x"}));
  put(in / "c/moved.btf", small_kernel({.task = 2, .unasked = 5}));
}

std::size_t distinct(const Contents& contents) {
  std::set<std::string> all;
  for (const auto& [path, content] : contents) all.insert(content);
  return all.size();
}

}  // namespace

TEST_CASE("cli_tree_answers: a kernel gets the output of the first kernel with equal answers") {
  const TreePlace place;
  put_kernels_with_flavors(place.in);
  REQUIRE(place.gen().status == 0);
  const Contents by_content = contents_below(place.out);
  REQUIRE(distinct(by_content) == 3);

  const CommandResult result = place.gen({"--dedupe=answers", "-v"});
  CHECK(result.status == 0);
  const Contents by_answers = contents_below(place.out);
  CHECK(distinct(by_answers) == 2);
  for (const char* path : {"a/plain.btf", "a/plain-again.btf", "c/moved.btf"}) {
    CHECK((by_answers.at(path) == by_content.at(path)));
  }
  for (const char* path : {"b/flavor.btf", "b/flavor-again.btf"}) {
    CHECK((by_answers.at(path) == by_content.at("a/plain-again.btf")));
  }
  CHECK(links_in(place.out) == std::map<std::string, std::string>{{"a/plain.btf", "plain-again.btf"},
                                                                  {"b/flavor-again.btf", "../a/plain-again.btf"},
                                                                  {"b/flavor.btf", "../a/plain-again.btf"}});
  CHECK_THAT(result.out, Contains("; 3 of 5 outputs are links; 2 outputs shared by equal answers; "));
  CHECK_THAT(result.out, Contains("b/flavor.btf: ") && Contains("; equal to a/plain-again.btf\n"));
  CHECK(run_min_btf({"verify", place.in, place.out, place.basic}).status == 0);
}

TEST_CASE("cli_tree_answers: the report has the figures of the outputs, and no count without --dedupe=answers") {
  const TreePlace place;
  put_kernels_with_flavors(place.in);
  const std::string manifest = place.directory.path() / "m.json";
  const json outputs = document_of(place.gen({"--json", "--dedupe=answers", "--manifest", manifest})).at("outputs");
  CHECK(outputs.at("distinct") == 2);
  CHECK(outputs.at("shared") == 2);
  CHECK(outputs.at("links") == 3);
  const json kernels = json::parse(contents_of(manifest)).at("kernels");
  const auto figures = [&](std::size_t index) {
    const json& kernel = kernels.at(index);
    return json({kernel.at("bytes"), kernel.at("types"), kernel.at("members"), kernel.at("content_sha256")});
  };
  REQUIRE(kernels.at(0).at("output") == "a/plain-again.btf");
  REQUIRE(kernels.at(3).at("output") == "b/flavor.btf");
  CHECK(figures(3) == figures(0));
  CHECK(kernels.at(3).at("same_as") == "a/plain-again.btf");
  CHECK(kernels.at(3).at("bytes") == fs::file_size(place.out / "b/flavor.btf"));
  CHECK_FALSE(document_of(place.gen({"--json"})).at("outputs").contains("shared"));
}

TEST_CASE("cli_tree_answers: the outputs do not depend on -j, on --links, on a cache or on the form of the input") {
  const TreePlace place;
  put_kernels(place.in);
  put_kernels_with_flavors(place.in / "flavors");
  REQUIRE(place.gen({"--dedupe=answers", "-j1"}).status == 0);
  const std::string tree = tar_bytes(place.out);
  const Contents expected = contents_below(place.out);
  const std::string cache = place.directory.path() / "cache";
  REQUIRE(place.gen({"--cache", cache}).status == 0);
  const Contents by_content = contents_below(place.out);
  CHECK(distinct(by_content) > distinct(expected));
  const std::vector<Words> ways = {{"-j2"}, {"-j7"}, {"--cache", cache}, {"--cache", cache}, {"--verify"}};
  for (const Words& more : ways) {
    CHECK(place.gen(joined({"--dedupe=answers"}, more)).status == 0);
    CHECK((tar_bytes(place.out) == tree));
  }
  CHECK(place.gen({"--dedupe=answers", "--links=copy"}).status == 0);
  CHECK(links_in(place.out).empty());
  CHECK(differences(contents_below(place.out), expected) == Words{});

  // The cache has the kernels' own results.
  CHECK(place.gen({"--cache", cache}).status == 0);
  CHECK(differences(contents_below(place.out), by_content) == Words{});

  const std::string pack = place.directory.path() / "kernels.pack";
  REQUIRE(run_min_btf({"pack", pack, place.in}).status == 0);
  const fs::path of_pack = place.directory.path() / "of-pack";
  CHECK(run_min_btf({"gen", "--dedupe=answers", pack, of_pack, place.basic}).status == 0);
  CHECK((tar_bytes(of_pack) == tree));
}

TEST_CASE("cli_tree_answers: an archive and a bundle have the shared outputs") {
  const TreePlace place;
  const auto put_kernel = [&](const std::string& release, const SmallKernel& kernel) {
    put(place.in / ("debian/12/x86_64/" + release + ".btf"), small_kernel(kernel));
  };
  put_kernel("6.1.0-1", {.task = 1});
  put_kernel("6.1.0-2", {.task = 1, .flavor = "___x"});
  put_kernel("6.1.0-3", {.task = 2});
  REQUIRE(place.gen({"--dedupe=answers", "--links=copy"}).status == 0);
  const Contents expected = contents_below(place.out);
  REQUIRE(distinct(expected) == 2);

  const std::string tar = place.directory.path() / "btfs.tar";
  const CommandResult result = run_min_btf({"gen", "--dedupe=answers", place.in, tar, place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; 1 of 3 outputs is a copy of another; 1 output shared by equal answers; "));
  const fs::path unpacked = place.directory.path() / "unpacked";
  fs::create_directories(unpacked);
  REQUIRE(run_command({"tar", "-C", unpacked, "-xf", tar}).status == 0);
  CHECK(differences(contents_below(unpacked), expected) == Words{});
  CHECK(run_min_btf({"verify", place.in, tar, place.basic}).status == 0);

  const std::string bundle = place.directory.path() / "btfs.bundle";
  const json package =
      document_of(run_min_btf({"gen", "--json", "--dedupe=answers", place.in, bundle, place.basic})).at("package");
  CHECK(package.at("kernels") == 3);
  CHECK(package.at("contents") == 2);
}

TEST_CASE("cli_tree_answers: kernels with other kept parts share nothing, whatever their answers") {
  const TreePlace place;
  put_kernels_with_flavors(place.in);
  // `struct unasked` has another size in each kernel.
  const json other = document_of(place.gen({"--json", "--dedupe=answers", "--keep=struct:unasked"})).at("outputs");
  CHECK(other.at("distinct") == 5);
  CHECK(other.at("shared") == 0);
  // All kernels have the same `struct disputed`.
  const json same = document_of(place.gen({"--json", "--dedupe=answers", "--keep=struct:disputed"})).at("outputs");
  CHECK(same.at("distinct") == 2);
  CHECK(same.at("shared") == 2);
  CHECK(run_min_btf({"verify", "--keep=struct:disputed", place.in, place.out, place.basic}).status == 0);
  // Only kernels with `struct task_struct` have this part.
  const json flavor = document_of(place.gen({"--json", "--dedupe=answers", "--keep=struct:task_struct.pid"}));
  CHECK(flavor.at("outputs").at("distinct") == 3);
}

TEST_CASE("cli_tree_answers: kernels of architectures with other objects share nothing") {
  const TreePlace place;
  put(place.in / "x86_64/one.btf", small_kernel({.task = 1}));
  put(place.in / "x86_64/two.btf", small_kernel({.task = 1, .flavor = "___x"}));
  put(place.in / "arm64/one.btf", small_kernel({.task = 1, .flavor = "___y"}));
  const fs::path objects = place.directory.path() / "objects";
  for (const char* architecture : {"x86", "arm64"}) {
    fs::create_directories(objects / architecture);
    fs::copy_file(place.basic, objects / architecture / "tool.bpf.o");
  }
  fs::copy_file(place.ambiguous, objects / "arm64/more.bpf.o");
  const json outputs =
      document_of(run_min_btf({"gen", "--json", "--dedupe=answers", place.in, place.out, objects / "{bpfarch}"}))
          .at("outputs");
  CHECK(outputs.at("distinct") == 2);
  CHECK(outputs.at("shared") == 1);
  CHECK(links_in(place.out) == std::map<std::string, std::string>{{"x86_64/two.btf", "one.btf"}});
}

TEST_CASE("cli_tree_answers: one kernel has nothing to share, and the option is refused") {
  const Workplace w;
  check_usage_error({"gen", "--dedupe=answers", w.kernel, w.output, w.basic}, "--dedupe");
}
