// SPDX-License-Identifier: BSD-2-Clause
// Kernel names of distributions, in BTFHub's directories.
#include "cli/release.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

namespace minbtf::cli {

namespace {

struct Row {
  std::string path;
  std::string directory;
  std::string version;
  std::string flavour;
  std::string text;
};

}  // namespace

TEST_CASE("release: names of all distributions are split into directory, version and flavour") {
  const std::vector<Row> rows = {
      {"ubuntu/20.04/x86_64/5.4.0-42-generic.btf", "ubuntu/20.04/x86_64", "5.4.0-42", "generic", "5.4.0-42 generic"},
      {"ubuntu/20.04/x86_64/5.4.0-1008-gkeop.btf", "ubuntu/20.04/x86_64", "5.4.0-1008", "gkeop", "5.4.0-1008 gkeop"},
      {"ubuntu/18.04/arm64/4.15.0-1021-aws.btf", "ubuntu/18.04/arm64", "4.15.0-1021", "aws", "4.15.0-1021 aws"},
      {"ubuntu/22.04/arm64/5.15.0-25-generic-64k.btf", "ubuntu/22.04/arm64", "5.15.0-25", "generic-64k",
       "5.15.0-25 generic-64k"},
      {"debian/10/x86_64/4.19.0-17-amd64.btf", "debian/10/x86_64", "4.19.0-17", "amd64", "4.19.0-17 amd64"},
      {"debian/10/arm64/4.19.0-17-rt-arm64.btf", "debian/10/arm64", "4.19.0-17", "rt-arm64", "4.19.0-17 rt-arm64"},
      {"debian/9/x86_64/4.19.0-0.bpo.2-cloud-amd64.btf", "debian/9/x86_64", "4.19.0-0.bpo.2", "cloud-amd64",
       "4.19.0-0.bpo.2 cloud-amd64"},
      {"debian/10/x86_64/5.10.0-0.deb10.17-amd64.btf", "debian/10/x86_64", "5.10.0-0.deb10.17", "amd64",
       "5.10.0-0.deb10.17 amd64"},
      {"debian/12/x86_64/6.12.117+deb12-cloud-amd64.btf", "debian/12/x86_64", "6.12.117+deb12", "cloud-amd64",
       "6.12.117+deb12 cloud-amd64"},
      {"debian/12/armhf/6.1.0-50-armmp.btf", "debian/12/armhf", "6.1.0-50", "armmp", "6.1.0-50 armmp"},
      {"centos/8/x86_64/4.18.0-147.5.1.el8_1.x86_64.btf", "centos/8/x86_64", "4.18.0-147.5.1.el8_1", "",
       "4.18.0-147.5.1.el8_1"},
      {"centos/7/x86_64/3.10.0-957.el7.x86_64.btf", "centos/7/x86_64", "3.10.0-957.el7", "", "3.10.0-957.el7"},
      {"rhel/8/arm64/4.18.0-80.el8.aarch64.btf", "rhel/8/arm64", "4.18.0-80.el8", "", "4.18.0-80.el8"},
      {"rhel/9/arm64/5.14.0-427.13.1.el9_4.aarch64+64k.btf", "rhel/9/arm64", "5.14.0-427.13.1.el9_4", "64k",
       "5.14.0-427.13.1.el9_4 64k"},
      {"rhel/8/x86_64/4.18.0-80.rt9.138.el8.x86_64.btf", "rhel/8/x86_64", "4.18.0-80.rt9.138.el8", "rt",
       "4.18.0-80.rt9.138.el8"},
      {"ol/7/arm64/4.14.35-1902.0.3.el7uek.aarch64.btf", "ol/7/arm64", "4.14.35-1902.0.3.el7uek", "uek",
       "4.14.35-1902.0.3.el7uek"},
      {"ol/7/arm64/4.14.35-1850a.el7uek.aarch64.btf", "ol/7/arm64", "4.14.35-1850a.el7uek", "uek",
       "4.14.35-1850a.el7uek"},
      {"fedora/29/x86_64/4.18.16-300.fc29.x86_64.btf", "fedora/29/x86_64", "4.18.16-300.fc29", "", "4.18.16-300.fc29"},
      {"amzn/2/arm64/4.14.101-91.76.amzn2.aarch64.btf", "amzn/2/arm64", "4.14.101-91.76.amzn2", "",
       "4.14.101-91.76.amzn2"},
      {"sles/12.5/x86_64/4.12.14-122.103.1-default.btf", "sles/12.5/x86_64", "4.12.14-122.103.1", "default",
       "4.12.14-122.103.1 default"},
      {"sles/12.3/x86_64/4.4.138-4.7-azure.btf", "sles/12.3/x86_64", "4.4.138-4.7", "azure", "4.4.138-4.7 azure"},
      {"android/12/arm64/a12-5.10-2021-09-arm64.btf", "android/12/arm64", "a12-5.10-2021-09", "arm64",
       "a12-5.10-2021-09 arm64"},
      {"bclinux/21.10U3/x86_64/4.19.90-2107.6.0.0248.35.oe1.bclinux.x86_64.btf", "bclinux/21.10U3/x86_64",
       "4.19.90-2107.6.0.0248.35.oe1.bclinux", "", "4.19.90-2107.6.0.0248.35.oe1.bclinux"},
      {"kylin/V10/arm64/4.19.90-24.4.v2101.ky10.aarch64.btf", "kylin/V10/arm64", "4.19.90-24.4.v2101.ky10", "",
       "4.19.90-24.4.v2101.ky10"},
      {"x/ppc64el/6.1.0-1.el9.ppc64el.btf", "x/ppc64el", "6.1.0-1.el9", "", "6.1.0-1.el9"},
      // The last number of a version is not an architecture.
      {"5.4.386.btf", "", "5.4.386", "", "5.4.386"},
      // Kernels that no distribution built.
      {"6.18.44.btf", "", "6.18.44", "", "6.18.44"},
      {"6.11.0-rc3-next.btf", "", "6.11.0-rc3", "next", "6.11.0-rc3 next"},
      {"vmlinux-5.4.0-42-generic.btf", "", "5.4.0-42", "generic", "5.4.0-42 generic"},
      {"vmlinuz-6.1.0.btf", "", "6.1.0", "", "6.1.0"},
      {"btf-4.18.0-80.el8.x86_64.btf", "", "4.18.0-80.el8", "", "4.18.0-80.el8"},
      {"vmlinux-next.btf", "", "", "", "vmlinux-next"},
      // Names without a version.
      {"a/b/vmlinux.btf", "a/b", "", "", "vmlinux"},
      {"/sys/kernel/btf/vmlinux", "/sys/kernel/btf", "", "", "vmlinux"},
      {"release-1.btf", "", "", "", "release-1"},
      {"x86_64.btf", "", "", "", "x86_64"},
      {"a/.btf", "a", "", "", ""},
      {"", "", "", "", ""},
      {"-.btf", "", "", "", "-"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    const Release release = parse_release(row.path);
    CHECK(release.directory == row.directory);
    CHECK(release.version == row.version);
    CHECK(release.flavour == row.flavour);
    CHECK(text_of(release) == row.text);
  }
}

TEST_CASE("release: versions are sorted in the order of their release") {
  const std::vector<std::vector<std::string>> rows = {
      {"4.4.114-94.11", "4.4.114-94.11.3", "4.4.114-94.14", "4.4.180-94.97", "4.4.180-94.100", "4.4.180-94.100.1"},
      {"4.18.0-80.el8", "4.18.0-80.1.2.el8_0", "4.18.0-80.4.2.el8_0", "4.18.0-80.11.1.el8_0", "4.18.0-80.11.2.el8_0",
       "4.18.0-147.el8", "4.18.0-147.0.2.el8_1", "4.18.0-147.5.1.el8_1"},
      {"4.14.35-1846.el7uek", "4.14.35-1902.el7uek", "4.14.35-1902.0.3.el7uek", "4.14.35-1902.0.18.el7uek",
       "4.14.35-1902.10.4.el7uek", "4.14.35-1902.10.4.1.el7uek", "4.14.35-2018.el7uek"},
      {"5.4.0-9", "5.4.0-42", "5.4.0-100", "5.4.0-1008", "5.11.0-27", "6.1.0-1"},
      {"5.10.0-0.bpo.3", "5.10.0-0.deb10.17", "5.10.0-0.deb10.29", "5.10.0-1", "5.10.0-10"},
      {"a12-5.10-2021-09", "a12-5.10-2021-11", "a12-5.10-2022-07", "a13-5.10-2022-04", "a13-5.15-2022-04"},
      {"6.1-rc2", "6.1-rc10", "6.1", "6.1.1"},
      {"", "0", "1", "10", "123456789012345678901234567890", "123456789012345678901234567891"},
  };
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      for (std::size_t j = 0; j < row.size(); ++j) {
        CAPTURE(row[i], row[j]);
        CHECK((compare_versions(row[i], row[j]) < 0) == (i < j));
        CHECK((compare_versions(row[i], row[j]) == 0) == (i == j));
      }
    }
  }
  CHECK((compare_versions("5.04.0-42", "5.4.0_42") == 0));
}

TEST_CASE("release: releases are sorted by series, and names without a version follow the others of their directory") {
  const std::vector<std::string> sorted = {
      "vmlinux.btf",
      "debian/12/arm64/6.1.0-9-arm64.btf",
      "debian/12/x86_64/6.1.0-9-amd64.btf",
      "debian/12/x86_64/6.1.0-50-amd64.btf",
      "debian/12/x86_64/6.1.0-7-cloud-amd64.btf",
      "debian/12/x86_64/6.1.0-8-cloud-amd64.btf",
      "debian/12/x86_64/another.btf",
      "debian/12/x86_64/other.btf",
      "ol/7/x86_64/3.10.0-957.el7.x86_64.btf",
      "ol/7/x86_64/3.10.0-1062.el7.x86_64.btf",
      "ol/7/x86_64/4.1.12-124.el7uek.x86_64.btf",
  };
  std::vector<Release> releases;
  for (const std::string& path : sorted) releases.push_back(parse_release(path));
  for (std::size_t i = 0; i < releases.size(); ++i) {
    for (std::size_t j = 0; j < releases.size(); ++j) {
      CAPTURE(sorted[i], sorted[j]);
      CHECK(comes_before(releases[i], releases[j]) == (i < j));
    }
  }
  CHECK(releases[2].is_same_series(releases[3]));
  CHECK_FALSE(releases[3].is_same_series(releases[4]));
  CHECK_FALSE(releases[1].is_same_series(releases[2]));
  CHECK_FALSE(releases[9].is_same_series(releases[10]));
  CHECK_FALSE(releases[6].is_same_series(releases[7]));  // a name without a version is in no series
  CHECK_FALSE(releases[6].is_same_series(releases[6]));
}

TEST_CASE("release: a line before the version, such as lab-, makes a series of its own") {
  CHECK(parse_release("vmlinux-6.1.0.btf").is_same_series(parse_release("6.2.0.btf")));
  CHECK(parse_release("a12-5.10-2021-09-arm64.btf").is_same_series(parse_release("a12-5.10-2021-11-arm64.btf")));
  const Release twelve = parse_release("a12-5.10-2022-09-arm64.btf");
  const Release thirteen = parse_release("a13-5.10-2022-04-arm64.btf");
  CHECK_FALSE(twelve.is_same_series(thirteen));
  CHECK(comes_before(twelve, thirteen));
  const Release ours = parse_release("lab-6.1.0.el9.x86_64.btf");
  CHECK(ours.line == "lab");
  CHECK_FALSE(ours.is_same_series(parse_release("6.2.0.el9.x86_64.btf")));
  CHECK(comes_before(parse_release("6.2.0.el9.x86_64.btf"), ours));
  CHECK(comes_before(parse_release("4.18.0.btf"), parse_release("vmlinux-6.1.0.btf")));
}

TEST_CASE("release: equal versions are sorted by name") {
  const Release one = parse_release("a/5.4.0-1-x.btf");
  const Release two = parse_release("a/5.04.0-1-x.btf");
  CHECK(comes_before(two, one));
  CHECK_FALSE(comes_before(one, two));
}

}  // namespace minbtf::cli
