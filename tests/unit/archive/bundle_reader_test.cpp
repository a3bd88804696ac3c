// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/bundle_reader.hpp"

#include <catch2/catch.hpp>

#include "archive/bundle_path.hpp"
#include "archive/input/bundle_machine.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/package/compression.hpp"
#include "archive/ship/kernel_path.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::BundleKernel;
using Bytes = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

namespace {

constexpr std::uint32_t x86_64 = 0x0102003e;
constexpr std::uint32_t arm = 0x01010028;

const Bytes first = bytes_of("first");
const Bytes second = bytes_of("second");

BundleKernel kernel(std::uint32_t machine, const char* release, const char* id, const char* version,
                    const char* build = "", const Bytes& btf = first) {
  return {.machine = machine, .release = release, .id = id, .version_id = version, .build = build, .btf = btf};
}

/// Returns "PATH = CONTENTS", or "PATH: REFUSAL".
Lines members_of(const Bytes& bytes, const archive::UnpackLimits& limits = {}) {
  io::MemoryStream input(bytes);
  archive::Unpacker unpacker(input, "input", limits);
  CHECK(unpacker.is_tar());
  Lines lines;
  while (const auto member = unpacker.next()) {
    if (!member->refusal.empty()) {
      lines.push_back(member->path + ": " + member->refusal);
      continue;
    }
    const Bytes head(unpacker.head().begin(), unpacker.head().end());
    const Bytes contents = unpacker.read_all();
    CHECK(head == contents);
    CHECK(member->size == contents.size());
    lines.push_back(member->path + " = " + std::string(contents.begin(), contents.end()));
  }
  return lines;
}

std::string error_of(const Bytes& bytes, const archive::UnpackLimits& limits = {}) {
  return error_text([&] { static_cast<void>(members_of(bytes, limits)); });
}

}  // namespace

TEST_CASE("bundle reader: the kernels are files in BTFHub's layout, by path, also in compressed bundles") {
  const Bytes bundle =
      archive::bundle_of({kernel(x86_64, "5.4.0-42-generic", "ubuntu", "20.04", "#46", second),
                          kernel(arm, "6.1.0-50-armmp", "debian", "12"), kernel(x86_64, "6.1.0", "arch", ""),
                          kernel(x86_64, "6.2.0", "", ""), kernel(x86_64, "6.3.0", "", "1")});
  const Lines expected = {"-/1/x86_64/6.3.0.btf = first", "arch/-/x86_64/6.1.0.btf = first",
                          "debian/12/armhf/6.1.0-50-armmp.btf = first",
                          "ubuntu/20.04/x86_64/5.4.0-42-generic.btf = second", "x86_64/6.2.0.btf = first"};
  CHECK(members_of(bundle) == expected);
  for (const auto how : {archive::Compression::gzip, archive::Compression::xz, archive::Compression::zstd}) {
    CHECK(members_of(archive::compressed(bundle, how)) == expected);
  }
}

TEST_CASE("bundle reader: builds of one kernel are one file if their contents are equal, and refused otherwise") {
  CHECK(members_of(archive::bundle_of(
            {kernel(x86_64, "6.1", "debian", "12", "#1"), kernel(x86_64, "6.1", "debian", "12", "#2")})) ==
        Lines{"debian/12/x86_64/6.1.btf = first"});
  CHECK(members_of(archive::bundle_of(
            {kernel(x86_64, "6.1", "debian", "12", "#1"), kernel(x86_64, "6.1", "debian", "12", "#2", second),
             kernel(x86_64, "6.1", "debian", "12", "#3"), kernel(x86_64, "6.2", "debian", "12", "#1")})) ==
        Lines{"debian/12/x86_64/6.1.btf: the bundle has several builds (uname -v) of this kernel, with different BTF, "
              "and a path has no build",
              "debian/12/x86_64/6.2.btf = first"});
}

TEST_CASE("bundle reader: the reason is true for other kernels of one path with different contents") {
  CHECK(members_of(archive::bundle_of({kernel(x86_64, "6.1", "", "12"), kernel(x86_64, "6.1", "-", "12", "", second),
                                       kernel(x86_64, "6.2", "arch", ""), kernel(x86_64, "6.2", "arch", "-")})) ==
        Lines{"-/12/x86_64/6.1.btf: the bundle has kernels with this path, with different BTF: '-' stands for an empty "
              "ID or VERSION_ID, and is that of another kernel",
              "arch/-/x86_64/6.2.btf = first"});
  constexpr std::uint32_t arm64 = 0x010200b7;
  constexpr std::uint32_t big_arm64 = 0x020200b7;
  CHECK(
      members_of(archive::bundle_of(
          {kernel(arm64, "6.1", "debian", "12"), kernel(big_arm64, "6.1", "debian", "12", "", second)})) ==
      Lines{"debian/12/arm64/6.1.btf: the bundle has this kernel for both byte orders, with different BTF, and a path "
            "has no byte order"});
}

TEST_CASE("bundle reader: kernels that have no path in a tree are refused, and the others are read") {
  CHECK(members_of(archive::bundle_of({kernel(x86_64, "6.1", "debian", "12"), kernel(0x01020999, "6.1", "debian", "12"),
                                       kernel(x86_64, "", "debian", "12"), kernel(x86_64, "a/b", "", ""),
                                       kernel(x86_64, "6.1", "..", "12"), kernel(x86_64, "6.1", "debian", "1/2")})) ==
        Lines{"../12/x86_64/6.1.btf: the ID of the kernel begins with a dot",
              "debian/1/2/x86_64/6.1.btf: the VERSION_ID of the kernel has a slash",
              "debian/12/unknown/6.1.btf: the machine 0x1020999 is not known",
              "debian/12/x86_64/.btf: the kernel has no release", "debian/12/x86_64/6.1.btf = first",
              "x86_64/a/b.btf: the release of the kernel has a slash"});
}

TEST_CASE("bundle reader: limits, and damage anywhere, are errors that name the bundle") {
  const Bytes bundle =
      archive::bundle_of({kernel(x86_64, "6.1", "debian", "12"), kernel(x86_64, "6.2", "debian", "12")});
  CHECK(error_of(bundle, {.members = 1}) ==
        "unsupported: input: 2 kernels in the bundle, over the limit of 1 (--max-members)");
  CHECK(members_of(bundle, {.path_bytes = 10}).front() ==
        "debian/12/x86_64/6.1.btf: a path of 24 bytes, over the limit of 10 (--max-path)");
  CHECK_THAT(error_of(bundle, {.kernel_bytes = 4}),
             Catch::StartsWith("unsupported: input: debian/12/x86_64/6.1.btf: 5 bytes"));
  for (std::size_t size = 8; size < bundle.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of(Bytes(bundle.begin(), bundle.begin() + static_cast<std::ptrdiff_t>(size))) ==
          "damaged: input: the bundle is truncated");
  }
  for (std::size_t at = 8; at < bundle.size(); ++at) {
    CAPTURE(at);
    Bytes changed = bundle;
    changed[at] ^= 0x55U;
    const std::string error = error_of(changed);
    CHECK((error.starts_with("damaged: input: the bundle is ") ||
           error == "unsupported: input: the bundle has a newer format than this program reads"));
  }
}

TEST_CASE("bundle reader: the directory of an architecture is BTFHub's name, and gives the architecture back") {
  for (const archive::Architecture& each : archive::architectures()) {
    const auto order = each.name == "s390x" || each.name == "ppc64" || each.name == "mips64" || each.name == "sparc64"
                           ? ByteOrder::big
                           : ByteOrder::little;
    const std::string name(archive::names_of(each).btfhub);
    CHECK(members_of(archive::bundle_of({kernel(archive::bundle_machine(each, order), "6.1", "debian", "12")})) ==
          Lines{"debian/12/" + name + "/6.1.btf = first"});
  }
}

TEST_CASE("bundle path: an empty ID or VERSION_ID is a dash, which is read as empty") {
  const std::string path = archive::bundle_path("arch", "", "x86_64", "6.1.0");
  CHECK(path == "arch/-/x86_64/6.1.0.btf");
  const auto parsed = archive::kernel_paths_of({path, archive::bundle_path("", "", "arm64", "6.2.0")});
  REQUIRE(parsed.kernels.size() == 2);
  CHECK(parsed.kernels[0].id == "arch");
  CHECK(parsed.kernels[0].version.empty());
  CHECK(parsed.kernels[1].id.empty());
  CHECK(parsed.kernels[1].release == "6.2.0");
}
