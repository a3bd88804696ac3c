// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/bundle_writer.hpp"

#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "archive/package/compression.hpp"
#include "minbtf/bundle.h"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/byte_sink.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::bundle_of;
using archive::BundleKernel;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::uint32_t x86_64 = 0x0102003e;
constexpr std::uint32_t arm64 = 0x010200b7;

const Bytes first = bytes_of("the first content");
const Bytes second = bytes_of("the other");

BundleKernel kernel(std::uint32_t machine, std::string release, std::string id, std::string version, const Bytes& btf) {
  return {.machine = machine,
          .release = std::move(release),
          .id = std::move(id),
          .version_id = std::move(version),
          .build = {},
          .btf = btf};
}

std::vector<BundleKernel> some_kernels() {
  return {kernel(arm64, "5.4.0-42-generic", "ubuntu", "20.04", second),
          kernel(x86_64, "5.4.0-42-generic", "ubuntu", "20.04", first),
          kernel(x86_64, "5.4.0-42-generic", "ubuntu", "18.04", second),
          kernel(x86_64, "4.19.0", "debian", "10", first),
          kernel(x86_64, "5.10.0\xff", "", "", first),
          kernel(x86_64, "5.10.0a", "", "", first)};
}

std::uint32_t crc_of(const Bytes& bytes) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data(), static_cast<unsigned>(bytes.size())));
}

/// Reduced BTF as a set of objects needs it: structs with some members, whose offsets differ between variants where a
/// kernel has other members before them. `variant` is also the number of structs in addition to the first 40.
Bytes reduced_btf(std::uint32_t variant) {
  constexpr std::uint32_t members = 12;
  BtfForge forge;
  const std::uint32_t word = forge.integer("unsigned int", 4);
  for (std::uint32_t i = 0; i < 40 + variant * 6; ++i) {
    const std::string name = "kernel_struct_" + std::to_string(i * 7919 % 1009);
    std::vector<ForgedMember> fields;
    std::uint32_t shift = (i * 31 + variant) % 8 == 0 ? variant * 64 : 0;
    for (std::uint32_t k = 0; k < members; ++k) {
      if ((i + k * 5 + variant) % 96 == 0) shift += 32;
      const std::uint32_t place = (i * 13 + k * 29) % 64;
      fields.push_back({"member_" + std::to_string((i * 101 + k * 17) % 499), word, (k * 64 + place) * 32 + shift});
    }
    forge.structure(name, 8192, fields);
  }
  return forge.bytes();
}

}  // namespace

TEST_CASE("bundle writer: two kernels with one content give these bytes") {
  ByteSink sink(ByteOrder::little);
  sink.text("\x89MBNDL\r\n");
  sink.u16(1);
  sink.u16(0);
  sink.u32(64);
  sink.u64(200 + 17);  // file_size
  sink.u32(2);         // kernels
  sink.u32(64);
  sink.u32(1);  // blobs
  sink.u32(128);
  sink.u32(144);  // strings
  sink.u32(53);
  sink.u32(0);  // index_crc
  sink.u32(0);
  sink.u64(0);
  for (const std::uint32_t release : {10U, 16U}) {
    sink.u32(x86_64);
    sink.u32(release);
    sink.u32(46);                       // debian
    sink.u32(7);                        // 10
    sink.u32(release == 16 ? 1U : 0U);  // build
    sink.u32(0);                        // blob
    sink.u32(0);
    sink.u32(0);
  }
  sink.u32(200);
  sink.u32(17);
  sink.u32(crc_of(first));
  sink.u32(0);
  using namespace std::string_view_literals;
  sink.text(
      "\0#1 PR\0"
      "10\0"
      "4.9.0\0"
      "5.10.0-9-cloud-amd64-longname\0"
      "debian\0"sv);
  Bytes expected = sink.bytes();
  CHECK(expected.size() == 144 + 53);
  set_u32(expected, 48, crc_of(expected), ByteOrder::little);
  expected.resize(200);
  expected.insert(expected.end(), first.begin(), first.end());

  std::vector<BundleKernel> kernels = {kernel(x86_64, "5.10.0-9-cloud-amd64-longname", "debian", "10", first),
                                       kernel(x86_64, "4.9.0", "debian", "10", first)};
  kernels[0].build = "#1 PR";
  CHECK(bundle_of(kernels) == expected);
}

TEST_CASE("bundle writer: equal kernels give equal bytes in any order, also if a kernel is given twice") {
  std::vector<BundleKernel> kernels = some_kernels();
  const Bytes bundle = bundle_of(kernels);
  std::ranges::reverse(kernels);
  CHECK(bundle_of(kernels) == bundle);
  std::rotate(kernels.begin(), kernels.begin() + 2, kernels.end());
  kernels.push_back(kernels[1]);
  CHECK(bundle_of(kernels) == bundle);
  // Equal contents at another place in memory are one content.
  const Bytes copy = first;
  for (BundleKernel& each : kernels) {
    if (each.version_id == "20.04" && each.machine == x86_64) each.btf = copy;
  }
  CHECK(bundle_of(kernels) == bundle);
}

TEST_CASE("bundle writer: texts are sorted as bytes without sign, and contents are numbered by first use") {
  const Bytes bundle = bundle_of(some_kernels());
  const auto u32 = [&](std::size_t at) {
    return bundle[at] | static_cast<std::uint32_t>(bundle[at + 1]) << 8U |
           static_cast<std::uint32_t>(bundle[at + 2]) << 16U | static_cast<std::uint32_t>(bundle[at + 3]) << 24U;
  };
  REQUIRE(u32(24) == 6);
  const std::size_t strings = u32(40);
  std::vector<std::string> releases;
  std::vector<std::uint32_t> blobs;
  for (std::size_t i = 0; i < 6; ++i) {
    releases.emplace_back(reinterpret_cast<const char*>(&bundle[strings + u32(64 + 32 * i + 4)]));
    blobs.push_back(u32(64 + 32 * i + 20));
  }
  CHECK(releases == std::vector<std::string>{"4.19.0", "5.10.0a", "5.10.0\xff", "5.4.0-42-generic", "5.4.0-42-generic",
                                             "5.4.0-42-generic"});
  CHECK(blobs == std::vector<std::uint32_t>{0, 0, 0, 1, 0, 1});
}

TEST_CASE("bundle writer: a bundle is not larger than its contents, tables and names") {
  std::size_t most = 64;
  std::set<std::string> names = {""};
  for (const BundleKernel& each : some_kernels()) {
    most += 32;
    names.insert({each.release, each.id, each.version_id});
  }
  for (const std::string& name : names) most += name.size() + 1;
  for (const Bytes* content : {&first, &second}) most += 24 + content->size();
  const std::size_t size = bundle_of(some_kernels()).size();
  CHECK(size <= most);
  CHECK(size + 16 > most);
}

TEST_CASE("bundle writer: a compressed bundle has under one percent of the bytes of the tree that it stands for") {
  std::vector<Bytes> contents;
  for (std::uint32_t i = 0; i < 29; ++i) {
    contents.push_back(reduced_btf(i));
    CHECK(contents.back().size() > 10'000);
    CHECK(contents.back().size() < 60'000);
  }
  std::vector<BundleKernel> kernels;
  std::set<std::string> names = {""};
  std::size_t tree = 0;
  std::size_t most = 64;
  for (std::size_t i = 0; i < 341; ++i) {
    const Bytes& content = contents[i * 29 / 341];
    const std::string number = std::to_string(i);
    if (i % 3 == 0) {
      kernels.push_back(kernel(x86_64, "5.4.0-" + number + "-generic", "ubuntu", "20.04", content));
    } else if (i % 3 == 1) {
      kernels.push_back(kernel(x86_64, "4.18.0-" + number + ".el8.x86_64", "centos", "8", content));
    } else {
      kernels.push_back(kernel(arm64, "4.14." + number + "-108.257.amzn2.aarch64", "amzn", "2", content));
    }
    tree += content.size();
    most += 32;
    names.insert({kernels.back().release, kernels.back().id, kernels.back().version_id});
  }
  for (const std::string& name : names) most += name.size() + 1;
  for (const Bytes& content : contents) most += 24 + content.size();
  const Bytes bundle = bundle_of(kernels);
  CHECK(bundle.size() <= most);
  // gzip finds only what repeats within 32 KiB, which is less than a content.
  for (const auto how : {archive::Compression::xz, archive::Compression::zstd}) {
    const std::size_t size = archive::compressed(bundle, how).size();
    CAPTURE(tree, bundle.size(), size);
    CHECK(size * 100 < tree);
  }
}

TEST_CASE("bundle writer: a kernel with two contents, and a zero byte in a text, are errors that name the kernel") {
  std::vector<BundleKernel> kernels = some_kernels();
  kernels.push_back(kernel(x86_64, "4.19.0", "debian", "10", second));
  CHECK(error_text([&] { static_cast<void>(bundle_of(kernels)); }) ==
        "unsupported: bundle: the kernel debian/10/4.19.0 (machine 0x102003e) is given twice, with different contents");
  kernels.back().build = "#1 SMP";
  CHECK(error_text([&] { static_cast<void>(bundle_of(kernels)); }) == "no error");
  kernels = {kernel(arm64, "5.10", "", std::string("1\0", 2), first)};
  CHECK(error_text([&] { static_cast<void>(bundle_of(kernels)); }) ==
        "unsupported: bundle: the kernel 5.10 (machine 0x10200b7) has a zero byte in a text");
}

TEST_CASE("bundle writer: a text that readers have no room for is an error that names the kernel") {
  const std::string longest(archive::longest_bundle_text, 'x');
  const minbtf_system system{};
  CHECK(sizeof system.release == longest.size() + 1);
  const std::string end = " of 65 bytes, which no program finds: the limit is 64";
  const auto check = [&](std::string BundleKernel::*text, const std::string& name, const std::string& reason) {
    BundleKernel one = kernel(arm64, "5.10", "debian", "12", first);
    one.*text = longest;
    CHECK(error_text([&] { static_cast<void>(bundle_of({one})); }) == "no error");
    one.*text += "x";
    CHECK(error_text([&] { static_cast<void>(bundle_of({one})); }) ==
          "unsupported: bundle: the kernel " + name + " (machine 0x10200b7) has " + reason + end);
  };
  check(&BundleKernel::release, "debian/12/" + longest + "x", "a release");
  check(&BundleKernel::id, longest + "x/12/5.10", "an ID");
  check(&BundleKernel::version_id, "debian/" + longest + "x/5.10", "a VERSION_ID");
  check(&BundleKernel::build, "debian/12/5.10", "a build");
}

TEST_CASE("bundle writer: a bundle over 4 GiB is an error") {
  // 600 views of one large content, each of another length: 5 GB without a copy in memory.
  const Bytes large(std::size_t{8} << 20U, 'l');
  std::vector<BundleKernel> kernels;
  for (std::size_t i = 0; i < 600; ++i) {
    kernels.push_back(kernel(x86_64, "5." + std::to_string(i), "", "", first));
    kernels.back().btf = std::span(large).first(large.size() - i);
  }
  CHECK(error_text([&] { static_cast<void>(bundle_of(kernels)); }) ==
        "unsupported: bundle: would have 5033019557 bytes, over the limit of 4294967295");
}
