// SPDX-License-Identifier: BSD-2-Clause
// What minbtf_bundle_open() and minbtf_bundle_check() refuse: the tables of docs/bundle-format.md.
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"

using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Memory of exactly the size of the bytes.
Bytes exact(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

int open(const Bytes& bytes) {
  minbtf_bundle bundle;
  return minbtf_bundle_open(&bundle, bytes.data(), bytes.size());
}

/// Opens and checks.
int check(const Bytes& bytes) {
  minbtf_bundle bundle;
  const int reason = minbtf_bundle_open(&bundle, bytes.data(), bytes.size());
  return reason == MINBTF_OK ? minbtf_bundle_check(&bundle) : reason;
}

/// Returns sample_bundle() with a number changed and the index CRC right.
Bytes changed(std::size_t offset, std::uint32_t value, unsigned size = 4) {
  Bytes bytes = sample_bundle();
  set_number(bytes, offset, value, size);
  correct_index_crc(bytes);
  return bytes;
}

std::uint32_t number_at(const Bytes& bytes, std::size_t offset) { return minbtf_internal_u32(bytes.data() + offset); }

std::vector<ForgedKernel> two_kernels() {
  return {{.release = "5.4.0-42", .id = "ubuntu", .version_id = "20.04", .content = "BTF of one kernel"},
          {.release = "5.4.0-43", .id = "ubuntu", .version_id = "20.04", .content = "BTF of another"}};
}

}  // namespace

TEST_CASE("bundle: open reports what is wrong with the header") {
  const Bytes sample = sample_bundle();
  CHECK(open(sample) == MINBTF_OK);
  CHECK(open({}) == MINBTF_NOT_BUNDLE);
  minbtf_bundle bundle;
  CHECK(minbtf_bundle_open(&bundle, nullptr, 0) == MINBTF_NOT_BUNDLE);
  CHECK(minbtf_bundle_open(&bundle, nullptr, 100) == MINBTF_NOT_BUNDLE);
  CHECK(open(changed(0, 0x9feb9feb)) == MINBTF_NOT_BUNDLE);
  CHECK(open(Bytes(sample.begin(), sample.begin() + 7)) == MINBTF_NOT_BUNDLE);
  CHECK(open(Bytes(sample.begin(), sample.begin() + 8)) == MINBTF_TRUNCATED);
  CHECK(open(Bytes(sample.begin(), sample.begin() + 63)) == MINBTF_TRUNCATED);
  CHECK(open(Bytes(sample.begin(), sample.end() - 1)) == MINBTF_TRUNCATED);
  CHECK(open(changed(8, 2, 2)) == MINBTF_NEWER_FORMAT);
  CHECK(open(changed(8, 0, 2)) == MINBTF_DAMAGED);
  CHECK(open(changed(52, 1)) == MINBTF_NEWER_FORMAT);
  CHECK(open(changed(52, 0x8000)) == MINBTF_NEWER_FORMAT);
  CHECK(open(changed(52, 0xffff0000)) == MINBTF_OK);
  CHECK(open(changed(20, 1)) == MINBTF_DAMAGED);  // 4 GiB
  Bytes longer = sample;
  longer.push_back(0);
  CHECK(open(exact(longer)) == MINBTF_DAMAGED);
  for (const std::uint32_t header_size : {0U, 56U, 60U, 65U, 68U, 72U, 0xfffffff8U}) {
    CHECK(open(changed(12, header_size)) == MINBTF_DAMAGED);
  }
  // Numbers and offsets of the three tables, and the size of the strings.
  for (std::size_t offset = 24; offset < 48; offset += 4) {
    CAPTURE(offset);
    const std::uint32_t right = number_at(sample, offset);
    for (const std::uint32_t wrong : {right + 1, right - 1, 0U, 0x08000000U + right, 0xffffffffU, 0x80000000U}) {
      // One byte more of strings is a byte of padding, which is a NUL.
      const bool is_padding = offset == 44 && wrong == right + 1;
      CHECK((is_padding ? check(changed(offset, wrong)) : open(changed(offset, wrong))) == MINBTF_DAMAGED);
    }
  }
  const std::size_t strings = number_at(sample, 40);
  CHECK(open(changed(strings, 'x', 1)) == MINBTF_DAMAGED);
  CHECK(open(changed(strings + number_at(sample, 44) - 1, 'x', 1)) == MINBTF_DAMAGED);
}

TEST_CASE("bundle: a bundle that was not opened has no kernels") {
  minbtf_bundle bundle;
  CHECK(minbtf_bundle_open(&bundle, "", 0) == MINBTF_NOT_BUNDLE);
  CHECK(bundle.kernels == 0);
  CHECK(bundle.contents == 0);
  CHECK(minbtf_bundle_check(&bundle) == MINBTF_DAMAGED);
  minbtf_kernel kernel;
  CHECK(minbtf_bundle_kernel(&bundle, 0, &kernel) == MINBTF_DAMAGED);
  CHECK(std::string(kernel.release).empty());
  minbtf_content content;
  CHECK(minbtf_bundle_content(&bundle, 0, &content) == MINBTF_DAMAGED);
  CHECK(content.btf == nullptr);
  minbtf_system system = {};
  minbtf_system_set_kernel(&system, "x86_64", "5.4.0", "");
  minbtf_match match;
  CHECK(minbtf_bundle_find(&bundle, &system, MINBTF_NEAREST, &match) == MINBTF_NO_RELEASE);
}

TEST_CASE("bundle: the accessors return what the writer was given") {
  const Bytes bytes = sample_bundle();
  minbtf_bundle bundle;
  REQUIRE(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()) == MINBTF_OK);
  CHECK(bundle.kernels == 9);
  CHECK(bundle.contents == 7);
  minbtf_kernel kernel;
  REQUIRE(minbtf_bundle_kernel(&bundle, 1, &kernel) == MINBTF_OK);
  CHECK(std::string(minbtf_machine_name(kernel.machine)) == "x86_64");
  CHECK(std::string(kernel.release) == "4.19.0-20-amd64");
  CHECK(std::string(kernel.id) == "debian");
  CHECK(std::string(kernel.version_id) == "10");
  CHECK(std::string(kernel.build) == "#1 a");
  minbtf_content content;
  REQUIRE(minbtf_bundle_content(&bundle, kernel.content, &content) == MINBTF_OK);
  CHECK(std::string(static_cast<const char*>(content.btf), content.size) == "BTF 1");
  CHECK(minbtf_content_check(&content) == MINBTF_OK);
  CHECK(minbtf_bundle_kernel(&bundle, 9, &kernel) == MINBTF_DAMAGED);
  CHECK(minbtf_bundle_content(&bundle, 7, &content) == MINBTF_DAMAGED);
}

TEST_CASE("bundle: check finds what no CRC shows") {
  ForgedBundle bundle;
  bundle.kernels = two_kernels();
  CHECK(check(forge_bundle(bundle)) == MINBTF_OK);
  CHECK(check(forge_bundle(std::vector<ForgedKernel>{})) == MINBTF_OK);

  SECTION("kernels are not sorted") {
    std::swap(bundle.kernels[0], bundle.kernels[1]);
    bundle.sorts_kernels = false;
  }
  SECTION("two kernels are equal") { bundle.kernels[1] = bundle.kernels[0]; }
  SECTION("strings are not sorted") { bundle.sorts_strings = false; }
  SECTION("contents are not in the order of their first use") { bundle.sorts_contents = false; }
  SECTION("a content is not used") { bundle.unused_content = "BTF of no kernel"; }
  SECTION("bytes follow the last content") { bundle.pads_after_last = true; }
  SECTION("a content is empty") { bundle.kernels[1].content = ""; }
  CHECK(check(forge_bundle(bundle)) == MINBTF_DAMAGED);
}

TEST_CASE("bundle: check finds wrong numbers whose CRC is right") {
  const Bytes sample = sample_bundle();
  const std::size_t kernel = number_at(sample, 28);
  const std::size_t content = number_at(sample, 36);
  const std::size_t strings = number_at(sample, 40);
  const std::uint32_t strings_size = number_at(sample, 44);
  CHECK(check(sample) == MINBTF_OK);
  CHECK(check(changed(56, 1)) == MINBTF_DAMAGED);
  CHECK(check(changed(60, 0x80000000)) == MINBTF_DAMAGED);
  CHECK(check(changed(kernel, 0xffffffff)) == MINBTF_DAMAGED);
  for (const std::size_t field : {4U, 8U, 12U, 16U}) {
    CHECK(check(changed(kernel + field, strings_size)) == MINBTF_DAMAGED);
    CHECK(check(changed(kernel + field, 0xffffffff)) == MINBTF_DAMAGED);
    // The second byte of a string.
    CHECK(check(changed(kernel + field, 2)) == MINBTF_DAMAGED);
  }
  CHECK(check(changed(kernel + 20, 7)) == MINBTF_DAMAGED);
  CHECK(check(changed(kernel + 20, 1)) == MINBTF_DAMAGED);
  CHECK(check(changed(kernel + 24, 1)) == MINBTF_NEWER_FORMAT);
  CHECK(check(changed(kernel + 24, 0xffff0000)) == MINBTF_OK);
  CHECK(check(changed(kernel + 28, 1)) == MINBTF_DAMAGED);
  const std::uint32_t offset = number_at(sample, content);
  for (const std::uint32_t wrong :
       {0U, offset - 8, offset + 1, offset + 8, 0xfffffff8U, static_cast<std::uint32_t>(sample.size() + 7) / 8 * 8}) {
    CHECK(check(changed(content, wrong)) == MINBTF_DAMAGED);
  }
  for (const std::uint32_t wrong : {0U, 4U, 6U, 0xffffffffU}) {
    CHECK(check(changed(content + 4, wrong)) == MINBTF_DAMAGED);
  }
  CHECK(check(changed(content + 8, 1)) == MINBTF_DAMAGED);
  CHECK(check(changed(content + 12, 1)) == MINBTF_DAMAGED);
  CHECK(check(changed(offset, 'X', 1)) == MINBTF_DAMAGED);
  // The padding behind the first content, and the bytes before it if there are any.
  REQUIRE(number_at(sample, content + 4) == 5);
  CHECK(check(changed(offset + 5, 1, 1)) == MINBTF_DAMAGED);
  // A byte of a string, so that the order changes.
  CHECK(check(changed(strings + 1, 0xff, 1)) == MINBTF_DAMAGED);
  Bytes crc = sample;
  set_number(crc, 48, 0);
  CHECK(check(crc) == MINBTF_DAMAGED);
}

TEST_CASE("bundle: a higher minor version is read, with a longer header and values in fields that were 0") {
  ForgedBundle bundle;
  bundle.kernels = two_kernels();
  bundle.minor = 3;
  bundle.longer_header = 16;
  bundle.pads_after_last = true;
  Bytes bytes = forge_bundle(bundle);
  set_number(bytes, 56, 7);
  set_number(bytes, 64, 7);
  set_number(bytes, 64 + 16 + 28, 7);
  correct_index_crc(bytes);
  CHECK(check(bytes) == MINBTF_OK);
  minbtf_bundle view;
  REQUIRE(minbtf_bundle_open(&view, bytes.data(), bytes.size()) == MINBTF_OK);
  minbtf_system system = {};
  minbtf_system_set_kernel(&system, "x86_64", "5.4.0-43", "");
  minbtf_match match;
  REQUIRE(minbtf_bundle_find(&view, &system, 0, &match) == MINBTF_RELEASE_ONLY);
  CHECK(std::string(static_cast<const char*>(match.btf), match.size) == "BTF of another");
  CHECK(minbtf_match_check(&match) == MINBTF_OK);
}

TEST_CASE("bundle: a lookup refuses only a kernel or content that it reads") {
  const Bytes sample = sample_bundle();
  const std::size_t kernels = number_at(sample, 28);
  const auto find = [](const Bytes& bytes, const char* release) {
    minbtf_bundle bundle;
    REQUIRE(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()) == MINBTF_OK);
    minbtf_system system = {};
    minbtf_system_set_kernel(&system, "x86_64", release, "");
    minbtf_match match;
    const int reason = minbtf_bundle_find(&bundle, &system, 0, &match);
    CHECK((reason > 0) == (match.btf != nullptr));
    return reason;
  };
  // The kernels 1 and 2 have the release 4.19.0-20-amd64, kernel 3 has 4.19.0-22-amd64.
  const Bytes flagged = changed(kernels + 32 * 3 + 24, 1);
  CHECK(find(flagged, "4.19.0-22-amd64") == MINBTF_NEWER_FORMAT);
  CHECK(find(flagged, "5.4.0-44-generic") == MINBTF_RELEASE_ONLY);
  const Bytes without_id = changed(kernels + 32 * 3 + 8, 0x7fffffff);
  CHECK(find(without_id, "4.19.0-22-amd64") == MINBTF_DAMAGED);
  CHECK(find(without_id, "5.4.0-44-generic") == MINBTF_RELEASE_ONLY);
  const std::size_t last_content = number_at(sample, 36) + 16 * (number_at(sample, 32) - 1U);
  const Bytes without_content = changed(last_content + 4, 0x7fffffff);
  CHECK(find(without_content, "4.19.0-22-amd64") == MINBTF_RELEASE_ONLY);
}
