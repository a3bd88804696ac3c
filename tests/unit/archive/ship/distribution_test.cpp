// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/distribution.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

using namespace minbtf::archive;

namespace {

using Words = std::vector<std::string>;

// Returns "ID/VERSION" for each further distribution of the kernel at ID/VERSION/RELEASE.btf.
Words names_of_path(const std::string& path) {
  Words words;
  for (const Distribution& each : distributions_of(kernel_paths_of({path}).kernels.at(0))) {
    words.push_back(each.id + "/" + each.version);
  }
  return words;
}

std::set<std::string> versions_of(const std::string& path, const std::string& id) {
  std::set<std::string> versions;
  for (const std::string& name : names_of_path(path)) {
    if (name.starts_with(id + "/")) versions.insert(name.substr(id.size() + 1));
  }
  return versions;
}

}  // namespace

TEST_CASE(
    "distribution: an el8 kernel has the major version, its minor version and the next in all IDs of the family") {
  CHECK(names_of_path("centos/8/4.18.0-305.3.1.el8.x86_64.btf") ==
        Words{"almalinux/8", "almalinux/8.4", "almalinux/8.5", "centos/8.4", "centos/8.5", "ol/8", "ol/8.4", "ol/8.5",
              "rhel/8", "rhel/8.4", "rhel/8.5", "rocky/8", "rocky/8.4", "rocky/8.5"});
}

TEST_CASE("distribution: the build of the kernel decides the minor version") {
  using Row = std::pair<const char*, std::set<std::string>>;
  const auto [release, expected] = GENERATE(
      Row{"3.10.0-123.el7.x86_64", {"7", "7.0", "7.1"}}, Row{"3.10.0-229.el7", {"7", "7.1", "7.2"}},
      Row{"3.10.0-1127.19.1.el7.x86_64", {"7", "7.8", "7.9"}}, Row{"3.10.0-1160.el7.x86_64", {"7", "7.9"}},
      Row{"4.18.0-80.el8.x86_64", {"8", "8.0", "8.1"}}, Row{"4.18.0-147.5.1.el8_1.x86_64", {"8", "8.1", "8.2"}},
      Row{"4.18.0-553.el8_10.x86_64", {"8", "8.10"}}, Row{"5.14.0-70.13.1.el9_0.x86_64", {"9", "9.0", "9.1"}},
      Row{"5.14.0-611.el9.x86_64", {"9", "9.7", "9.8"}},
      // Not a release of Red Hat's table: `_M` decides, else only the major version is known.
      Row{"4.18.0-999.el8_6.x86_64", {"8", "8.6", "8.7"}}, Row{"5.14.0-391.el9.x86_64", {"9"}},
      Row{"5.4.1-1.el7.elrepo.x86_64", {"7"}});
  CAPTURE(release);
  CHECK(versions_of("almalinux/x/" + std::string(release) + ".btf", "rhel") == expected);
}

TEST_CASE("distribution: rocky and almalinux exist from 8 on, and a uek kernel belongs to ol only") {
  CHECK(names_of_path("centos/7/3.10.0-1160.el7.x86_64.btf") ==
        Words{"centos/7.9", "ol/7", "ol/7.9", "rhel/7", "rhel/7.9"});
  CHECK(names_of_path("ol/7/4.14.35-1902.300.11.el7uek.x86_64.btf").empty());
  CHECK(names_of_path("ol/8.1/5.4.17-2011.0.7.el8uek.x86_64.btf") == Words{"ol/8"});
}

TEST_CASE("distribution: other distributions have no further names, except amzn/2018") {
  CHECK(names_of_path("amzn/2018/4.14.123-86.109.amzn1.x86_64.btf") == Words{"amzn/2018.03"});
  CHECK(names_of_path("amzn/2/4.14.123-111.109.amzn2.x86_64.btf").empty());
  CHECK(names_of_path("ubuntu/20.04/5.4.0-42-generic.btf").empty());
  CHECK(names_of_path("other/8/4.18.0-305.el8.x86_64.btf").empty());
}

TEST_CASE("distribution: minor versions are known for the family only") {
  CHECK(minor_versions("rhel", "7").size() == 10);
  CHECK(minor_versions("ol", "8").back() == "8.10");
  CHECK(minor_versions("rocky", "7").empty());
  CHECK(minor_versions("debian", "9").empty());
  CHECK(minor_versions("rhel", "x").empty());
}

TEST_CASE("distribution: quotes of ID and VERSION_ID follow the os-release files of the distributions") {
  CHECK(quotes_of_id("centos") == Quotes::yes);
  CHECK(quotes_of_id("amzn") == Quotes::yes);
  CHECK(quotes_of_id("debian") == Quotes::no);
  CHECK(quotes_of_id("fedora") == Quotes::no);
  CHECK(quotes_of_id("another") == Quotes::unknown);
  CHECK(has_bare_version("fedora"));
  CHECK_FALSE(has_bare_version("debian"));
}
