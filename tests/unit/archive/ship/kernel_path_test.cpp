// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/kernel_path.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace minbtf::archive;

namespace {

using Words = std::vector<std::string>;

// Returns "ID|VERSION|ARCHITECTURE|RELEASE" for each kernel.
Words kernels_of(const Words& paths) {
  Words words;
  for (const KernelPath& kernel : kernel_paths_of(paths).kernels) {
    words.push_back(kernel.id + "|" + kernel.version + "|" +
                    (kernel.architecture == nullptr ? "-" : std::string(kernel.architecture->name)) + "|" +
                    kernel.release);
  }
  return words;
}

Words faults_of(const Words& paths) {
  Words words;
  for (const auto& fault : kernel_paths_of(paths).faults) words.push_back(fault.path);
  return words;
}

}  // namespace

TEST_CASE("kernel_path: the fields of paths with and without an architecture are read") {
  CHECK(kernels_of({"ubuntu/20.04/x86_64/5.4.0-42-generic.btf", "debian/12/armhf/6.1.0-50-armmp.btf",
                    "centos/7/3.10.0-1160.el7.x86_64.btf", "arm64/6.1.btf", "6.1.btf"}) ==
        Words{"ubuntu|20.04|x86_64|5.4.0-42-generic", "debian|12|arm|6.1.0-50-armmp",
              "centos|7|-|3.10.0-1160.el7.x86_64", "||arm64|6.1", "||-|6.1"});
}

TEST_CASE("kernel_path: directories that contain all kernels are left off") {
  CHECK(kernels_of({"a/b/ubuntu/20.04/x86_64/5.4.btf", "a/b/centos/7/3.10.btf"}) ==
        Words{"ubuntu|20.04|x86_64|5.4", "centos|7|-|3.10"});
  CHECK(faults_of({"a/ubuntu/20.04/x86_64/5.4.btf", "b/centos/7/3.10.btf"}) == Words{"b/centos/7/3.10.btf"});
  CHECK(faults_of({"ubuntu/20.04/x86_64/5.4.btf", "x/centos/7/3.10.btf"}) == Words{"x/centos/7/3.10.btf"});
}

TEST_CASE("kernel_path: paths of another layout are faults") {
  const Words paths = {"20.04/x86_64/5.4.btf", "x86_64/ubuntu/5.4.btf", "ubuntu/20.04/x86_64/README",
                       "ubuntu/20.04/x86_64/.btf"};
  CHECK(faults_of(paths) == paths);
}

TEST_CASE("kernel_path: each architecture has the names of BTFHub, of uname and of bpf2go") {
  const auto names = [](std::string_view word) { return names_of(*find_architecture(word)); };
  CHECK(names("aarch64").btfhub == "arm64");
  CHECK(names("arm64").machine == "aarch64");
  CHECK(names("amd64").bpf == "x86");
  CHECK(names("armhf").machine == "armv7l");
  CHECK(names("arm").btfhub == "armhf");
  CHECK(names("i386").machine == "i686");
  CHECK(names("i386").bpf == "x86");
  CHECK(names("ppc64le").bpf == "powerpc");
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    CHECK(find_architecture(names_of(architecture).btfhub) == &architecture);
  }
}
