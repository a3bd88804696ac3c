// SPDX-License-Identifier: BSD-2-Clause
// Each consumer finds each kernel in what `ship` makes for it, on every host that runs the kernel, and nothing else.
// The kernels are forged.
#include <catch2/catch.hpp>

#include <algorithm>

#include "consumers/ship_case.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

/// A kernel, and hosts that run it. Hosts are written by hand, not by a rule.
struct Sample {
  HubKernel kernel;
  SmallKernel contents;
  std::vector<Distribution> hosts;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {{"centos", "7", "x86_64", "3.10.0-1160.el7.x86_64"},
       {.task = 1},
       {{"\"centos\"", "\"7\""}, {"\"rhel\"", "\"7.9\""}, {"\"ol\"", "\"7.9\""}}},
      {{"centos", "8", "x86_64", "4.18.0-305.3.1.el8.x86_64"},
       {.task = 2},
       {{"\"centos\"", "\"8\""},
        {"\"rhel\"", "\"8.4\""},
        {"\"rhel\"", "\"8.5\""},
        {"\"almalinux\"", "\"8.4\""},
        {"\"ol\"", "\"8.4\""}}},
      {{"centos", "8", "x86_64", "4.18.0-513.5.1.el8_9.x86_64"},
       {.task = 3},
       {{"\"rocky\"", "\"8.9\""}, {"\"rhel\"", "\"8.10\""}, {"\"centos\"", "\"8\""}}},
      {{"centos", "8", "arm64", "4.18.0-305.3.1.el8.aarch64"},
       {.task = 4},
       {{"\"centos\"", "\"8\""}, {"\"rhel\"", "\"8.4\""}, {"\"rocky\"", "\"8.5\""}}},
      {{"ol", "7", "x86_64", "4.14.35-1818.3.3.el7uek.x86_64"}, {.task = 5}, {{"\"ol\"", "\"7\""}}},
      {{"amzn", "2018", "x86_64", "4.14.77-70.59.amzn1.x86_64"}, {.task = 6}, {{"\"amzn\"", "\"2018.03\""}}},
      {{"amzn", "2", "x86_64", "4.14.104-95.84.amzn2.x86_64"}, {.task = 7}, {{"\"amzn\"", "\"2\""}}},
      {{"amzn", "2", "arm64", "4.14.104-95.84.amzn2.aarch64"}, {.task = 8}, {{"\"amzn\"", "\"2\""}}},
      {{"amzn", "2023", "x86_64", "6.1.10-15.42.amzn2023.x86_64"}, {.task = 9}, {{"\"amzn\"", "\"2023\""}}},
      // These two have the same result: gen writes a link.
      {{"debian", "10", "x86_64", "4.19.0-6-amd64"}, {.task = 10}, {{"debian", "\"10\""}}},
      {{"debian", "10", "x86_64", "4.19.0-8-amd64"}, {.task = 10, .unasked = 1}, {{"debian", "\"10\""}}},
      {{"debian", "10", "arm64", "4.19.0-6-arm64"}, {.task = 11}, {{"debian", "\"10\""}}},
      // One release in two distributions and two architectures, all different.
      {{"ubuntu", "18.04", "x86_64", "5.4.0-42-generic"}, {.task = 12}, {{"ubuntu", "\"18.04\""}}},
      {{"ubuntu", "20.04", "x86_64", "5.4.0-42-generic"}, {.task = 13}, {{"ubuntu", "\"20.04\""}}},
      {{"ubuntu", "18.04", "arm64", "5.4.0-42-generic"}, {.task = 14}, {{"ubuntu", "\"18.04\""}}},
      {{"fedora", "38", "x86_64", "6.2.9-300.fc38.x86_64"}, {.task = 15}, {{"fedora", "38"}}},
      {{"sles", "12.3", "x86_64", "4.4.73-5-default"}, {.task = 16}, {{"\"sles\"", "\"12.3\""}}},
      {{"sles", "15", "x86_64", "4.12.14-25.3-default"}, {.task = 17}, {{"\"sles\"", "\"15\""}}},
  };
  return all;
}

/// The samples as BTFHub has them, and reduced.
struct ReducedHub {
  TempDir directory;
  fs::path hub = directory.path() / "hub";
  fs::path reduced = directory.path() / "reduced";
  std::string basic = bpf_object("basic");

  ReducedHub() {
    for (const Sample& sample : samples()) {
      const auto tar = TarForge().file(sample.kernel.release + ".btf", small_kernel(sample.contents)).bytes();
      put(hub / (sample.kernel.path() + ".tar.xz"), compressed(tar, Compression::xz));
    }
    const CommandResult gen = run_min_btf({"gen", hub, reduced, basic});
    CAPTURE(gen.err);
    REQUIRE(gen.status == 0);
    REQUIRE_FALSE(links_in(reduced).empty());
  }
};

std::string expected_hash(const Sample& sample) {
  return hash_of(reduced({bpf_object("basic")}, small_kernel(sample.contents)));
}

/// Checks every sample with the consumer.
void check_consumer(const std::string& consumer, const fs::path& reduced) {
  CAPTURE(consumer);
  const Shipped shipped(consumer, reduced);
  std::size_t hosts = 0;
  for (const Sample& sample : samples()) {
    const HubKernel& kernel = sample.kernel;
    CAPTURE(kernel.path());
    for (const Distribution& distribution : distributions_of(kernel)) {
      // /boot has no names of distributions: one release has one file.
      if (consumer == "boot" && kernel.release == "5.4.0-42-generic") continue;
      CAPTURE(distribution.id, distribution.version_id);
      const bool is_possible = can_find(consumer, distribution);
      CHECK(shipped.find(host_of(kernel, distribution)) == (is_possible ? expected_hash(sample) : not_found));
      ++hosts;
    }
    HubKernel other = kernel;
    other.release += ".1";
    CHECK(shipped.find(host_of(other, sample.hosts[0])) == not_found);
    if (is_found_by_release(consumer)) continue;
    if (!consumer.starts_with("ig")) {
      Host machine = host_of(kernel, sample.hosts[0]);
      machine.machine = "i686";
      CHECK(shipped.find(machine) == not_found);
    }
    for (const Distribution& wrong :
         {Distribution{"debian", "\"99\""}, Distribution{"\"rhel\"", "\"8.1\""}, Distribution{"\"rhel\"", "\"9.9\""},
          Distribution{"linuxmint", "\"18.04\""}, Distribution{"ubuntu", "\"22.04\""}, Distribution{"ubuntu", ""}}) {
      CAPTURE(wrong.id, wrong.version_id);
      CHECK(shipped.find(host_of(kernel, wrong)) == not_found);
    }
  }
  CHECK(hosts >= 60);
}

/// `boot` has one file for a release: without 20.04, the releases of the samples are unique.
fs::path tree_for(const std::string& consumer, const ReducedHub& hub) {
  if (consumer == "boot") fs::remove_all(hub.reduced / "ubuntu/20.04");
  return hub.reduced;
}

}  // namespace

TEST_CASE("consumers: the hosts written by hand are those of the rules") {
  for (const Sample& sample : samples()) {
    const std::vector<Distribution> all = distributions_of(sample.kernel);
    for (const Distribution& distribution : sample.hosts) {
      CAPTURE(sample.kernel.path(), distribution.id, distribution.version_id);
      CHECK(std::ranges::any_of(all, [&](const Distribution& other) {
        return other.id == distribution.id && other.version_id == distribution.version_id;
      }));
    }
  }
}

TEST_CASE("consumers: lookups in C find each kernel in what ship makes, on each host that runs it, and nothing else") {
  const ReducedHub hub;
  for (const std::string& consumer : consumers_in_c) check_consumer(consumer, tree_for(consumer, hub));
}

TEST_CASE("consumers: lookups in Go find each kernel in what ship makes, on each host that runs it, and nothing else") {
  if (!has_go()) return;
  const ReducedHub hub;
  for (const std::string& consumer : consumers_in_go) check_consumer(consumer, tree_for(consumer, hub));
}

TEST_CASE("consumers: ship makes the same artifact from a tree, from an archive of it and from a pack of the kernels") {
  const ReducedHub hub;
  const auto ship = [&](const std::string& reduced) {
    const std::string archive = hub.directory.file("min_core_btfs.tar.gz");
    const CommandResult result = run_min_btf({"ship", "bcc", reduced, archive});
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    return contents_of(archive);
  };
  const std::string from_tree = ship(hub.reduced);
  const std::string tar = hub.directory.file("reduced.tar.xz");
  REQUIRE(run_min_btf({"gen", hub.hub, tar, hub.basic}).status == 0);
  CHECK(ship(tar) == from_tree);
  REQUIRE(run_command({"tar", "-C", hub.reduced, "-czf", hub.directory.file("links.tar.gz"), "."}).status == 0);
  CHECK(ship(hub.directory.file("links.tar.gz")) == from_tree);

  const std::string pack = hub.directory.file("hub.pack");
  REQUIRE(run_min_btf({"pack", pack, hub.hub}).status == 0);
  REQUIRE(run_min_btf({"gen", pack, hub.directory.file("packed.tar.gz"), hub.basic}).status == 0);
  CHECK(ship(hub.directory.file("packed.tar.gz")) == from_tree);
}

TEST_CASE("consumers: with an alias file a kernel is found on the hosts that the file names") {
  const ReducedHub hub;
  const std::string aliases = hub.directory.write("aliases", "ol/7.* = ol/7\nlinuxmint/19 = ubuntu/18.04\n");
  const Sample& uek = samples()[4];
  const Sample& ubuntu = samples()[12];
  for (const std::string& consumer : {std::string("bcc"), std::string("bpf-compatible")}) {
    CAPTURE(consumer);
    const Shipped shipped(consumer, hub.reduced, {"--alias", aliases});
    CHECK(shipped.find(host_of(uek.kernel, {"\"ol\"", "\"7.9\""})) == expected_hash(uek));
    CHECK(shipped.find(host_of(uek.kernel, {"\"rhel\"", "\"7.9\""})) == not_found);
    CHECK(shipped.find(host_of(ubuntu.kernel, {"linuxmint", "\"19\""})) == expected_hash(ubuntu));
    CHECK(Shipped(consumer, hub.reduced, {"--no-alias"}).find(host_of(samples()[1].kernel, {"\"rhel\"", "\"8.4\""})) ==
          not_found);
  }
}

TEST_CASE("consumers: with {bpfarch} each kernel is found with the BTF for the objects of its architecture") {
  const ReducedHub hub;
  fs::create_directories(hub.directory.path() / "objects");
  fs::copy(hub.basic, hub.directory.path() / "objects/tool_x86_bpfel.o");
  fs::copy(bpf_object("ambiguous"), hub.directory.path() / "objects/tool_arm64_bpfel.o");
  const std::string archive = hub.directory.file("both.tar.gz");
  const CommandResult gen =
      run_min_btf({"gen", "--include-object", "*_{bpfarch}_bpfel.o", hub.hub, archive, hub.directory.file("objects")});
  CAPTURE(gen.err);
  REQUIRE(gen.status == 0);
  const Shipped shipped("bcc", archive);
  const Sample& x86 = samples()[1];
  const Sample& arm = samples()[3];
  CHECK(shipped.find(host_of(x86.kernel, {"\"rhel\"", "\"8.4\""})) == expected_hash(x86));
  CHECK(shipped.find(host_of(arm.kernel, {"\"rhel\"", "\"8.4\""})) ==
        hash_of(reduced({bpf_object("ambiguous")}, small_kernel(arm.contents))));
}

TEST_CASE("consumers: a program that is linked with the object of embed finds what the archive has") {
  const ReducedHub hub;
  const Sample& sample = samples()[1];
  const Host host = host_of(sample.kernel, {"\"rhel\"", "\"8.4\""});
  for (const std::string& consumer : {std::string("bcc"), std::string("bpf-compatible")}) {
    CAPTURE(consumer);
    const std::string archive = hub.directory.file("min_core_btfs.tar.gz");
    const std::string object = hub.directory.file("min_core_btfs.o");
    REQUIRE(run_min_btf({"ship", consumer, hub.reduced, archive}).status == 0);
    const CommandResult embed = run_min_btf({"embed", archive, object});
    CAPTURE(embed.err);
    REQUIRE(embed.status == 0);
    CHECK(find_in_linked(consumer, object, host) == expected_hash(sample));
    CHECK(find_in_linked(consumer, object, host_of(sample.kernel, {"\"rhel\"", "\"8.6\""})) == not_found);
  }
}
