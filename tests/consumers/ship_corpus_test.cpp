// SPDX-License-Identifier: BSD-2-Clause
// The rule of ship_presets_test.cpp for real kernels: those in the tree that MINBTF_KERNELS names, if it has BTFHub's
// layout.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "consumers/ship_case.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

// Of a large tree, only some kernels of each directory are used.
constexpr int kernels_per_directory = 3;
constexpr std::size_t max_kernels = 60;

constexpr std::string_view suffix = ".btf.tar.xz";

/// Links to the kernels of the tree, and their reduced BTFs.
struct ReducedCorpus {
  TempDir directory;
  std::vector<HubKernel> kernels;
  Contents contents;  ///< by path

  ReducedCorpus() {
    std::map<std::string, int> in_directory;
    for (const KernelFile& file : kernel_files()) {
      std::vector<std::string> parts;
      std::istringstream path(file.name);
      for (std::string part; std::getline(path, part, '/');) parts.push_back(part);
      if (parts.size() != 4 || !file.name.ends_with(suffix) || kernels.size() == max_kernels) continue;
      if (++in_directory[fs::path(file.name).parent_path().string()] > kernels_per_directory) continue;
      kernels.push_back({parts[0], parts[1], parts[2], parts[3].substr(0, parts[3].size() - suffix.size())});
      fs::create_directories((directory.path() / "hub" / file.name).parent_path());
      fs::create_symlink(fs::absolute(file.path), directory.path() / "hub" / file.name);
    }
    if (kernels.empty()) return;
    const CommandResult gen =
        run_min_btf({"gen", directory.path() / "hub", reduced(), minbtf::test::bpf_object("basic")});
    CAPTURE(gen.err);
    REQUIRE(gen.status == 0);
    contents = contents_below(reduced());
    REQUIRE(contents.size() == kernels.size());
  }

  [[nodiscard]] fs::path reduced() const { return directory.path() / "reduced"; }
};

void check_consumer(const std::string& consumer, const ReducedCorpus& corpus) {
  CAPTURE(consumer);
  const Shipped shipped(consumer, corpus.reduced());
  std::size_t found = 0;
  for (const HubKernel& kernel : corpus.kernels) {
    // The artifacts for one architecture are made for these two.
    if (kernel.arch != "x86_64" && kernel.arch != "arm64") continue;
    CAPTURE(kernel.path());
    const std::string hash = hash_of(corpus.contents.at(kernel.path()));
    for (const Distribution& distribution : distributions_of(kernel)) {
      CAPTURE(distribution.id, distribution.version_id);
      const bool is_possible = can_find(consumer, distribution);
      CHECK(shipped.find(host_of(kernel, distribution)) == (is_possible ? hash : not_found));
      found += is_possible ? 1 : 0;
    }
    HubKernel other = kernel;
    other.release += ".1";
    CHECK(shipped.find(host_of(other, distributions_of(kernel)[0])) == not_found);
    if (!is_found_by_release(consumer)) {
      CHECK(shipped.find(host_of(kernel, {"ubuntu", "\"99\""})) == not_found);
    }
  }
  CHECK(found > 0);
}

void check_consumers(const std::vector<std::string>& consumers) {
  const ReducedCorpus corpus;
  if (corpus.kernels.empty()) return skip_test("no tree of kernels in BTFHub's layout: MINBTF_KERNELS");
  for (const std::string& consumer : consumers) check_consumer(consumer, corpus);
}

}  // namespace

TEST_CASE("consumers: lookups in C find real kernels in what ship makes, and nothing else") {
  check_consumers(consumers_in_c);
}

TEST_CASE("consumers: lookups in Go find real kernels in what ship makes, and nothing else") {
  if (has_go()) check_consumers(consumers_in_go);
}
