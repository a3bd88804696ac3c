// SPDX-License-Identifier: BSD-2-Clause
// The release of a kernel by the path of its file.
#include "archive/input/kernel_release.hpp"

#include <sys/utsname.h>

#include <catch2/catch.hpp>

using namespace minbtf::archive;

TEST_CASE("kernel_release: the name of the file, or of its directory") {
  CHECK(release_of_kernel("a/6.1.0-50-amd64.btf.tar.xz") == "6.1.0-50-amd64");
  CHECK(release_of_kernel("6.1.0-50-amd64.btf") == "6.1.0-50-amd64");
  CHECK(release_of_kernel("boot/vmlinux-6.1.0-50-amd64") == "6.1.0-50-amd64");
  CHECK(release_of_kernel("4.18.0-80.el8.x86_64.btf") == "4.18.0-80.el8.x86_64");
  CHECK(release_of_kernel("6.1.0-50-amd64/vmlinux") == "6.1.0-50-amd64");
  CHECK(release_of_kernel("6.1.0-50-amd64/vmlinux.xz") == "6.1.0-50-amd64");
  CHECK(release_of_kernel("/none/x86_64/vmlinux").empty());
  CHECK(release_of_kernel("/none/12/vmlinux").empty());
  CHECK(release_of_kernel("/none/kernel.btf").empty());
  CHECK(release_of_kernel("/none/v6.1/kernel.btf").empty());
}

TEST_CASE("kernel_release: the running kernel") {
  struct utsname system {};
  REQUIRE(::uname(&system) == 0);
  CHECK(release_of_kernel("/sys/kernel/btf/vmlinux") == system.release);
}

TEST_CASE("kernel_release: a short name of a file does not exclude a release") {
  CHECK(may_be_release("6.1.0-50-amd64", "6.1.0-50-amd64"));
  CHECK(may_be_release("6.1", "6.1.0-50-amd64"));
  CHECK(may_be_release("6.1.0", "6.1.0-50-amd64"));
  CHECK_FALSE(may_be_release("6.1.0-5", "6.1.0-50-amd64"));
  CHECK_FALSE(may_be_release("6.1.0-47-amd64", "6.1.0-50-amd64"));
  CHECK_FALSE(may_be_release("6.1.0-50-amd64-dbg", "6.1.0-50-amd64"));
}
