// SPDX-License-Identifier: BSD-2-Clause
// The Makefile in docs/shipping.md works.
#include <catch2/catch.hpp>

#include "consumers/ship_case.hpp"
#include "support/cli_case.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

std::string makefile_of_page() {
  const std::string page = contents_of(fs::path(TEST_SOURCE_DIR) / "docs/shipping.md");
  const std::string opening = "```make\n";
  const std::size_t start = page.find(opening);
  REQUIRE(start != std::string::npos);
  return page.substr(start + opening.size(), page.find("```", start + 1) - start - opening.size());
}

}  // namespace

TEST_CASE("consumers: the Makefile in docs/shipping.md makes an object in which BCC finds the kernels") {
  const TempDir directory;
  const fs::path root = directory.path();
  const HubKernel kernel{"centos", "8", "x86_64", "4.18.0-305.3.1.el8.x86_64"};
  const HubKernel arm{"debian", "10", "arm64", "4.19.0-6-arm64"};
  put(root / "hub" / kernel.path(), small_kernel({.task = 1}));
  put(root / "hub" / arm.path(), small_kernel({.task = 2}));
  REQUIRE(run_min_btf({"pack", root / "btfhub.pack", root / "hub"}).status == 0);
  fs::create_directories(root / "build/bpf");
  fs::copy(bpf_object("basic"), root / "build/bpf/basic.o");
  fs::create_directories(root / "bin");
  fs::create_symlink(TEST_BINARY, root / "bin/min-btf");
  static_cast<void>(directory.write("Makefile", makefile_of_page()));
  const auto make = [&](const std::string& arguments) {
    return run_command({"sh", "-c", "PATH=" + (root / "bin").string() + ":$PATH make " + arguments},
                       {.directory = root.string()});
  };

  const CommandResult made = make("build/min_core_btf_tar.o");
  CAPTURE(made.out, made.err);
  REQUIRE(made.status == 0);
  const fs::path object = root / "build/min_core_btf_tar.o";
  CHECK(find_in_linked("bcc", object, host_of(kernel, {"\"rhel\"", "\"8.4\""})) ==
        hash_of(reduced({bpf_object("basic")}, small_kernel({.task = 1}))));
  CHECK(find_in_linked("bcc", object, host_of(arm, {"debian", "\"10\""})) == not_found);

  fs::copy(root / "build/manifest.json", root / "manifest.json");
  const CommandResult same = make("check-btf");
  CAPTURE(same.err);
  CHECK(same.status == 0);
  CHECK_THAT(same.out, Catch::Contains("0 kernels new, 0 contents changed"));
  fs::remove(root / "build/bpf/basic.o");
  fs::copy(bpf_object("ambiguous"), root / "build/bpf/ambiguous.o");
  CHECK_THAT(make("-k check-btf").out, Catch::Contains("1 content changed"));
}
