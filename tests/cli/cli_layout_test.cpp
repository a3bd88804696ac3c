// SPDX-License-Identifier: BSD-2-Clause
// gen --keep-layout.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/json_schema.hpp"
#include "support/tree_case.hpp"

namespace minbtf::test {

using nlohmann::json;

TEST_CASE("cli_layout: --keep-layout writes what the library writes with the layout of the kernel") {
  const Workplace place;
  const auto reduced = [&](Layout layout) {
    const Plan plan({BpfObject::from_file(place.basic)}, {}, layout);
    const std::vector<std::uint8_t> bytes = plan.minimize(Btf::from_file(place.kernel)).bytes;
    return std::string(bytes.begin(), bytes.end());
  };
  REQUIRE(reduced(Layout::kernel) != reduced(Layout::normal));
  const auto gen = [&](std::vector<std::string> options) {
    std::vector<std::string> words = {"gen", "--json", place.kernel, place.output, place.basic};
    words.insert(words.end(), options.begin(), options.end());
    return document_of(run_min_btf(words));
  };
  CHECK_FALSE(gen({}).contains("layout"));
  CHECK(place.published() == reduced(Layout::normal));
  CHECK(gen({"--keep-layout"}).at("layout") == "kernel");
  CHECK(place.published() == reduced(Layout::kernel));
  CHECK(run_min_btf({"verify", place.kernel, place.output, place.basic}).status == 0);
}

TEST_CASE("cli_layout: a tree has the layout, the manifest says so, and the cache tells the layouts apart") {
  const TreePlace place;
  const std::vector<std::uint8_t> kernel = kernel_btf();
  for (const char* name : {"debian/12/x86_64/a.btf", "debian/12/x86_64/b.btf"}) {
    std::filesystem::create_directories((place.in / name).parent_path());
    std::ofstream(place.in / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(kernel.data()), static_cast<std::streamsize>(kernel.size()));
  }
  const std::string manifest = place.directory.file("m.json");
  const std::string cache = place.directory.file("cache");
  const auto gen = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--manifest", manifest, "--cache", cache});
    REQUIRE(place.gen(words).status == 0);
    return contents_below(place.out);
  };
  const json schema = json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json"));
  const auto normal = gen({});
  CHECK_FALSE(json::parse(contents_of(manifest)).contains("layout"));
  const auto of_kernel = gen({"--keep-layout", "--dedupe=answers"});
  CHECK_FALSE(differences(normal, of_kernel).empty());
  const json document = json::parse(contents_of(manifest));
  CHECK(document.at("layout") == "kernel");
  CHECK(document.at("dedupe") == "answers");
  CHECK(schema_faults(schema, document).empty());
  CHECK(differences(gen({}), normal).empty());
  CHECK(differences(gen({"--keep-layout", "--dedupe=answers"}), of_kernel).empty());
  CHECK(run_min_btf({"verify", "-q", place.in.string(), place.out.string(), place.basic}).status == 0);
}

}  // namespace minbtf::test
