// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/architecture.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "support/os/temp_dir.hpp"

using namespace minbtf::archive;
using minbtf::test::TempDir;
namespace fs = std::filesystem;

namespace {

std::string_view name_of(std::string_view word) {
  const Architecture* const architecture = find_architecture(word);
  return architecture == nullptr ? "none" : architecture->name;
}

// Returns "NAME DIRECTORY", with the directory relative to `root`.
std::string place_of(const fs::path& input, const fs::path& root) {
  const auto place = architecture_place_of(input.string());
  if (!place) return "none";
  return std::string(place->architecture->name) + " " + fs::path(place->directory).lexically_relative(root).string();
}

}  // namespace

TEST_CASE("architecture: the names of the kernel, of distributions, of Go and of bpf2go are found") {
  using Row = std::pair<const char*, std::vector<const char*>>;
  const auto [name, words] = GENERATE(
      Row{"x86_64", {"amd64", "x86_64", "x64", "x86"}}, Row{"arm64", {"arm64", "aarch64", "arm64v8"}},
      Row{"i386", {"i386", "i586", "i686", "x86_32", "386"}}, Row{"arm", {"armhf", "armv7l", "armv7hl", "arm"}},
      Row{"ppc64le", {"ppc64le", "ppc64el", "powerpc64le"}}, Row{"riscv64", {"riscv64"}},
      Row{"loongarch64", {"loongarch64", "loong64"}}, Row{"s390x", {"s390x"}}, Row{"ppc64", {"ppc64"}},
      Row{"mips64el", {"mips64el", "mips64le"}}, Row{"none", {"", "x32", "bogus", "X86_64", "20.04"}});
  for (const char* word : words) {
    CAPTURE(word);
    CHECK(name_of(word) == name);
  }
}

TEST_CASE("architecture: no word belongs to two architectures, and each name is one of its words") {
  std::set<std::string_view> seen;
  for (const Architecture& architecture : architectures()) {
    CHECK(name_of(architecture.name) == architecture.name);
    for (const std::string_view word : architecture.words) {
      CAPTURE(word);
      CHECK(seen.insert(word).second);
    }
  }
}

TEST_CASE("architecture: the nearest directory that is named after an architecture counts, the input included") {
  const TempDir directory;
  const fs::path root = fs::canonical(directory.path());
  fs::create_directories(root / "s390x/ubuntu/aarch64/deep");
  fs::create_directory_symlink("s390x/ubuntu/aarch64", root / "latest");
  fs::create_directory_symlink("s390x/ubuntu/aarch64/deep", root / "amd64");
  CHECK(place_of(root / "s390x/ubuntu/aarch64", root) == "arm64 s390x/ubuntu/aarch64");
  CHECK(place_of(root / "s390x/ubuntu/aarch64/", root) == "arm64 s390x/ubuntu/aarch64");
  CHECK(place_of(root / "s390x/ubuntu/aarch64/deep/all.tar", root) == "arm64 s390x/ubuntu/aarch64");
  CHECK(place_of(root / "s390x/ubuntu/aarch64/..", root) == "s390x s390x");
  // The name of a link counts first, then the path that it leads to.
  CHECK(place_of(root / "latest", root) == "arm64 s390x/ubuntu/aarch64");
  CHECK(place_of(root / "amd64", root) == "x86_64 amd64");
  const fs::path before = fs::current_path();
  fs::current_path(root / "s390x/ubuntu");
  CHECK(place_of(".", root) == "s390x s390x");
  CHECK(place_of("aarch64", root) == "arm64 s390x/ubuntu/aarch64");
  CHECK(place_of("-", root) == "none");
  CHECK(place_of("/dev/stdin", root) == "none");
  fs::current_path(before);
}

TEST_CASE("architecture: names for BPF are those of __TARGET_ARCH_ and of bpf2go") {
  using Row = std::pair<const char*, const char*>;
  const auto [word, name] =
      GENERATE(Row{"x86_64", "x86"}, Row{"i386", "x86"}, Row{"arm64", "arm64"}, Row{"armhf", "arm"},
               Row{"s390x", "s390"}, Row{"ppc64le", "powerpc"}, Row{"ppc64", "powerpc"}, Row{"riscv64", "riscv"},
               Row{"loong64", "loongarch"}, Row{"mips64el", "mips"}, Row{"sparc64", "sparc"});
  CAPTURE(word);
  CHECK(find_architecture(word)->bpf_name == name);
}

TEST_CASE("architecture: each name for BPF is listed once") {
  const auto names = bpf_architectures();
  CHECK(std::vector<std::string_view>(names.begin(), names.end()) ==
        std::vector<std::string_view>{"arm", "arm64", "loongarch", "mips", "powerpc", "riscv", "s390", "sparc", "x86"});
}

TEST_CASE("architecture: the last directory of a path that names an architecture counts, and the file name does not") {
  const auto name = [](std::string_view path) {
    const Architecture* const architecture = architecture_of_path(path);
    return architecture == nullptr ? "none" : architecture->name;
  };
  CHECK(name("debian/12/arm64/6.1.btf") == "arm64");
  CHECK(name("x86_64/old/aarch64/old/6.1.btf") == "arm64");
  CHECK(name("amd64/6.1.btf") == "x86_64");
  CHECK(name("debian/12/arm64") == "none");
  CHECK(name("debian/6.1.btf") == "none");
  CHECK(name("") == "none");
}
