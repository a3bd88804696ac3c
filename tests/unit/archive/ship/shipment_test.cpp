// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/shipment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace minbtf::archive;

namespace {

using Words = std::vector<std::string>;

std::vector<ShippedKernel> kernels(const std::vector<std::pair<std::string, std::string>>& paths_and_contents) {
  std::vector<ShippedKernel> result;
  for (const auto& [path, contents] : paths_and_contents) {
    result.push_back({.path = kernel_paths_of({path}).kernels.at(0),
                      .content = std::make_shared<const std::vector<std::uint8_t>>(contents.begin(), contents.end())});
  }
  return result;
}

// Returns "PATH KERNEL", with a star for an alias.
Words names_in(const Shipment& shipment) {
  Words words;
  for (const ShippedName& name : shipment.names) {
    words.push_back(name.path + " " + std::to_string(name.kernel) + (name.is_alias ? "*" : ""));
  }
  return words;
}

Shipment plan(const char* preset, const std::vector<ShippedKernel>& list, bool release_aliases = true) {
  return plan_shipment(list, {.preset = find_preset(preset), .path = {}, .release_aliases = release_aliases});
}

}  // namespace

TEST_CASE("shipment: BCC's names keep the quotes of ID, and VERSION_ID is empty without quotes") {
  const Shipment shipment = plan("bcc", kernels({{"amzn/2/x86_64/4.14.amzn2.btf", "a"},
                                                 {"debian/12/arm64/6.1.btf", "b"},
                                                 {"fedora/30/x86_64/5.0.fc30.btf", "c"},
                                                 {"other/1/i386/5.1.btf", "d"}}));
  CHECK(names_in(shipment) == Words{"./\"amzn\"/2/x86_64/4.14.amzn2.btf 0", "./\"other\"/1/i686/5.1.btf 3",
                                    "./debian/12/aarch64/6.1.btf 1", "./fedora//x86_64/5.0.fc30.btf 2",
                                    "./other/1/i686/5.1.btf 3"});
  CHECK(shipment.refused.empty());
}

TEST_CASE("shipment: a name over 99 bytes is refused for BCC and not for bpf-compatible") {
  const auto list = kernels({{"debian/12/arm64/" + std::string(80, 'r') + ".btf", "a"}});
  const Shipment bcc = plan("bcc", list);
  CHECK(bcc.names.empty());
  REQUIRE(bcc.refused.size() == 1);
  CHECK(bcc.refused[0].reason == "the path has 104 bytes, and the consumer reads at most 99");
  CHECK(bcc.nameless == std::vector<std::size_t>{0});
  CHECK(names_in(plan("bpf-compatible", list)).size() == 1);
}

TEST_CASE("shipment: DataDog's archive has the nine platforms, and versions for ubuntu only") {
  const Shipment shipment = plan("datadog", kernels({{"ubuntu/20.04/x86_64/5.4.btf", "a"},
                                                     {"centos/8/x86_64/4.18.0-305.el8.btf", "b"},
                                                     {"kylin/V10/x86_64/4.19.btf", "c"}}));
  CHECK(names_in(shipment) == Words{"centos/4.18.0-305.el8.btf.tar.xz 1", "ubuntu/20.04/5.4.btf.tar.xz 0"});
  REQUIRE(shipment.refused.size() == 1);
  CHECK(shipment.refused[0].reason == "the consumer does not know the distribution kylin");
  REQUIRE(shipment.packing);
  CHECK(shipment.packing->is_tar);
}

TEST_CASE("shipment: names that go:embed refuses are refused for Tracee, and quotes for Inspektor Gadget") {
  const auto list = kernels({{"centos/8/x86_64/4.18.btf", "a"}, {"debian/12/x86_64/6.1:x.btf", "b"}});
  CHECK(names_in(plan("tracee", list)) == Words{"centos/8/x86_64/4.18.btf 0"});
  const Shipment ig = plan("ig", list);
  CHECK(ig.names.empty());
  CHECK(ig.nameless == std::vector<std::size_t>{0, 1});
  CHECK(names_in(plan("ig-oci", list)) == Words{"\"centos\"/8/x86_64/4.18.btf 0", "debian/12/x86_64/6.1:x.btf 1"});
}

TEST_CASE("shipment: what go:embed refuses is refused") {
  for (const char* path :
       {"a/b\"c", "a*", "a<b", "a>b", "a?b", "a`b", "a'b", "a|b", "a\\b", "a:b", "a/.b", "_a/b", "a./b", "a\tb"}) {
    CAPTURE(path);
    CHECK_FALSE(refusal_of(NameLimit::go_embed, path).empty());
    CHECK(refusal_of(NameLimit::none, path).empty());
  }
  CHECK(refusal_of(NameLimit::go_embed, "debian/12/x86_64/6.12.100+deb12_a~b.btf").empty());
}

TEST_CASE("shipment: kernels with equal contents share a name, and other contents are a conflict that names both") {
  const Shipment equal =
      plan("boot", kernels({{"ubuntu/18.04/x86_64/5.4.btf", "a"}, {"ubuntu/20.04/x86_64/5.4.btf", "a"}}));
  CHECK(names_in(equal) == Words{"vmlinux-5.4 0"});
  CHECK(equal.conflicts.empty());
  const Shipment other =
      plan("boot", kernels({{"ubuntu/18.04/x86_64/5.4.btf", "a"}, {"ubuntu/20.04/x86_64/5.4.btf", "b"}}));
  REQUIRE(other.conflicts.size() == 1);
  CHECK(other.conflicts[0].path == "vmlinux-5.4");
  CHECK(other.conflicts[0].kernel == 1);
  CHECK(other.conflicts[0].other == 0);
}

TEST_CASE("shipment: an alias gives way to the kernel's own path, then to the same ID, and is a conflict otherwise") {
  // rhel/8.4 is an own path; rhel/8.5 is an alias of both, and rhel's own ID wins; rocky is equally far from both.
  const auto list = kernels({{"centos/8/x86_64/4.18.0-305.el8.btf", "a"}, {"rhel/8.4/x86_64/4.18.0-305.el8.btf", "b"}});
  const Shipment shipment = plan("tracee", list);
  const Words names = names_in(shipment);
  CHECK(std::ranges::count(names, "rhel/8.4/x86_64/4.18.0-305.el8.btf 1") == 1);
  CHECK(std::ranges::count(names, "rhel/8.5/x86_64/4.18.0-305.el8.btf 1*") == 1);
  CHECK(std::ranges::count(names, "centos/8.4/x86_64/4.18.0-305.el8.btf 0*") == 1);
  CHECK(shipment.yielded == 6);
  CHECK(shipment.conflicts.size() == 9);
  CHECK(shipment.conflicts[0].path == "almalinux/8.4/x86_64/4.18.0-305.el8.btf");
  CHECK(plan("tracee", list, false).conflicts.empty());
  CHECK(plan("tracee", list, false).names.size() == 2);
}

TEST_CASE("shipment: a template may leave out fields, and a path that lacks a field is incomplete") {
  const auto list = kernels({{"5.4.btf", "a"}, {"x86_64/5.5.btf", "b"}});
  const Shipment files = plan_shipment(list, {.preset = nullptr, .path = "vmlinux-{release}"});
  CHECK(names_in(files) == Words{"vmlinux-5.4 0", "vmlinux-5.5 1"});
  const Shipment machines = plan_shipment(list, {.preset = nullptr, .path = "{machine}/{release}"});
  CHECK(names_in(machines) == Words{"x86_64/5.5 1"});
  REQUIRE(machines.incomplete.size() == 1);
  CHECK(machines.incomplete[0] == std::pair<std::size_t, PathField>{0, PathField::machine});
}

TEST_CASE("shipment: a template uses the names of an alias file after those of the release") {
  AliasFile aliases("oracle/8 = ol/8\n", "a.txt");
  const auto list = kernels({{"centos/8/x86_64/4.18.0-553.el8.btf", "a"}});
  const Shipment shipment = plan_shipment(
      list, {.preset = nullptr, .path = "{id}-{version}-{release}", .release_aliases = true, .aliases = &aliases});
  CHECK(std::ranges::count(names_in(shipment), "oracle-8-4.18.0-553.el8 0*") == 1);
  AliasFile again("oracle/8 = ol/8\n", "a.txt");
  const Shipment without = plan_shipment(
      list, {.preset = nullptr, .path = "{id}-{version}-{release}", .release_aliases = false, .aliases = &again});
  CHECK(names_in(without) == Words{"centos-8-4.18.0-553.el8 0"});
  CHECK(again.unused().size() == 1);
}

TEST_CASE("shipment: kernels that are named by the major version only are listed, unless an alias file names them") {
  const auto list = kernels({{"ol/7/x86_64/4.14.35-1902.el7uek.x86_64.btf", "a"},
                             {"centos/9/x86_64/5.14.0-391.el9.x86_64.btf", "b"},
                             {"ol/8/x86_64/4.18.0-305.el8.x86_64.btf", "c"},
                             {"rhel/8.6/x86_64/5.4.el8.x86_64.btf", "d"}});
  CHECK(plan("tracee", list).major_only == std::vector<std::size_t>{0});
  CHECK(plan("tracee", list, false).major_only.empty());
  CHECK(plan("datadog", list).major_only.empty());
  AliasFile aliases("ol/7.* = ol/7", "a.txt");
  CHECK(plan_shipment(list, {.preset = find_preset("tracee"), .path = {}, .release_aliases = true, .aliases = &aliases})
            .major_only.empty());
}
