// SPDX-License-Identifier: BSD-2-Clause
// minbtf_match: what a lookup returns in addition to the reason and the content. The table lookups.txt has the reasons.
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "elf/machines.hpp"
#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

minbtf_system system_of(const char* machine, const char* release, const char* build, const std::string& os_release) {
  minbtf_system system = {};
  minbtf_system_set_kernel(&system, machine, release, build);
  minbtf_os_release_parse(&system, os_release.data(), os_release.size());
  return system;
}

/// A bundle and the answer of a lookup in it.
struct Found {
  explicit Found(std::vector<std::uint8_t> given) : bytes(std::move(given)) {
    REQUIRE(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()) == MINBTF_OK);
  }

  int find(const minbtf_system& wanted, unsigned flags = 0) {
    system = wanted;
    const int reason = minbtf_bundle_find(&bundle, &system, flags, &match);
    CHECK(match.reason == reason);
    return reason;
  }

  [[nodiscard]] std::vector<std::uint32_t> considered() const {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < bundle.kernels; ++i) {
      if (minbtf_match_has(&bundle, &system, &match, i) != 0) numbers.push_back(i);
    }
    return numbers;
  }

  [[nodiscard]] std::string content() const {
    return match.btf == nullptr ? "" : std::string(static_cast<const char*>(match.btf), match.size);
  }

  std::vector<std::uint8_t> bytes;
  minbtf_bundle bundle = {};
  minbtf_system system = {};
  minbtf_match match = {};
};

using Numbers = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("bundle: a match has the content, its number, its CRC and a kernel that has it") {
  Found found(sample_bundle());
  REQUIRE(found.find(system_of("x86_64", "5.4.0-42-generic", "", "ID=ubuntu\nVERSION_ID=20.04\n")) == MINBTF_EXACT);
  CHECK(found.content() == "BTF 4");
  minbtf_kernel kernel;
  REQUIRE(minbtf_bundle_kernel(&found.bundle, found.match.kernel, &kernel) == MINBTF_OK);
  CHECK(std::string(kernel.version_id) == "20.04");
  CHECK(kernel.content == found.match.content);
  minbtf_content content;
  REQUIRE(minbtf_bundle_content(&found.bundle, found.match.content, &content) == MINBTF_OK);
  CHECK(content.btf == found.match.btf);
  CHECK(content.crc == found.match.crc);
  CHECK(found.match.count == 2);
  CHECK(found.match.nearest == MINBTF_NEAREST_NOT_TRIED);
  CHECK(minbtf_match_check(&found.match) == MINBTF_OK);

  auto* const bytes = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(found.match.btf));
  bytes[0] ^= 1U;
  CHECK(minbtf_match_check(&found.match) == MINBTF_DAMAGED);
}

TEST_CASE("bundle: a lookup without an answer names the kernels between which it could not decide") {
  Found found(forge_bundle({{.release = "r", .id = "centos", .version_id = "8", .build = "a", .content = "1"},
                            {.release = "r", .id = "centos", .version_id = "8", .build = "b", .content = "2"},
                            {.release = "r", .id = "debian", .version_id = "10", .content = "3"},
                            {.release = "r", .id = "rocky", .version_id = "8.9", .content = "4"},
                            {.release = "s", .id = "debian", .version_id = "10", .content = "5"}}));
  CHECK(found.find(system_of("x86_64", "r", "", "ID=rhel\nVERSION_ID=8.4\n")) == MINBTF_AMBIGUOUS);
  CHECK(found.match.rank == 4);
  CHECK(found.match.btf == nullptr);
  CHECK(found.match.content == MINBTF_NONE);
  CHECK(found.match.kernel == MINBTF_NONE);
  CHECK(found.considered() == Numbers{0, 1, 3});
  CHECK(found.find(system_of("x86_64", "r", "", "ID=centos\nVERSION_ID=8\n")) == MINBTF_AMBIGUOUS);
  CHECK(found.match.rank == 1);
  CHECK(found.considered() == Numbers{0, 1});
  CHECK(found.find(system_of("x86_64", "r", "b", "ID=centos\nVERSION_ID=8\n")) == MINBTF_EXACT);
  CHECK(found.match.same_build == 1);
  CHECK(found.considered() == Numbers{1});
  CHECK(found.find(system_of("x86_64", "r", "", "ID=derived\nID_LIKE=\"other centos\"\n")) == MINBTF_AMBIGUOUS);
  CHECK(found.match.rank == 6);
  CHECK(found.considered() == Numbers{0, 1});
  CHECK(found.find(system_of("x86_64", "r", "", "")) == MINBTF_OTHER_DISTRO);
  CHECK(found.considered() == Numbers{0, 1, 2, 3});
  CHECK(found.find(system_of("x86_64", "s", "", "ID=ubuntu\n"), MINBTF_STRICT) == MINBTF_REFUSED_STRICT);
  CHECK(found.considered() == Numbers{4});
  CHECK(found.find(system_of("x86_64", "t", "", "ID=ubuntu\n")) == MINBTF_NO_RELEASE);
  CHECK(found.considered().empty());
}

TEST_CASE("bundle: a match names the best kernel of several with one content") {
  Found found(forge_bundle({{.release = "r", .id = "centos", .version_id = "8", .content = "1"},
                            {.release = "r", .id = "ol", .version_id = "8", .content = "1"},
                            {.release = "r", .id = "rhel", .version_id = "8", .content = "1"}}));
  CHECK(found.find(system_of("x86_64", "r", "", "ID=rhel\nVERSION_ID=8.4\n")) == MINBTF_RELEASE_ONLY);
  CHECK(found.match.kernel == 2);
  CHECK(found.find(system_of("x86_64", "r", "", "ID=almalinux\nVERSION_ID=8.4\n")) == MINBTF_RELEASE_ONLY);
  CHECK(found.match.kernel == 0);
  CHECK(found.find(system_of("x86_64", "r", "", "ID=ol\nVERSION_ID=8\n")) == MINBTF_EXACT);
  CHECK(found.match.kernel == 1);
  CHECK(found.find(system_of("i686", "r", "", "ID=ol\nVERSION_ID=8\n")) == MINBTF_EXACT);
  CHECK(found.match.as_x86_64 == 1);
}

TEST_CASE("bundle: each refusal of the nearest releases has its own text") {
  const auto kernel = [](const char* release, const char* content) {
    return ForgedKernel{.release = release, .id = "ubuntu", .version_id = "20.04", .content = content};
  };
  Found found(forge_bundle(
      {kernel("5.4.0-40-generic", "1"), kernel("5.4.0-42-generic", "1"), kernel("5.4.0-44-generic", "2")}));
  const std::string focal = "ID=ubuntu\nVERSION_ID=20.04\n";
  const auto nearest = [&](const char* machine, const char* release, const std::string& os_release) {
    (void)found.find(system_of(machine, release, "", os_release), MINBTF_NEAREST);
    return static_cast<minbtf_nearest>(found.match.nearest);
  };
  CHECK(nearest("x86_64", "5.4.0-41-generic", focal) == MINBTF_NEAREST_FOUND);
  CHECK(found.match.reason == MINBTF_NEAREST_EQUAL);
  CHECK(found.match.below == 0);
  CHECK(found.match.above == 1);
  CHECK(found.match.kernel == 0);
  CHECK(found.content() == "1");
  CHECK(nearest("x86_64", "5.4.0-43-generic", focal) == MINBTF_NEAREST_DIFFERENT_CONTENTS);
  CHECK(found.match.below == 1);
  CHECK(found.match.above == 2);
  CHECK(nearest("x86_64", "5.4.0-39-generic", focal) == MINBTF_NEAREST_NONE_BELOW);
  CHECK(found.match.below == MINBTF_NONE);
  CHECK(found.match.above == 0);
  CHECK(nearest("x86_64", "5.4.0-45-generic", focal) == MINBTF_NEAREST_NONE_ABOVE);
  CHECK(found.match.below == 2);
  CHECK(nearest("x86_64", "5.4.0-41-aws", focal) == MINBTF_NEAREST_NO_KERNELS);
  CHECK(nearest("x86_64", "5.4.0-041-generic", focal) == MINBTF_NEAREST_FOUND);
  CHECK(nearest("x86_64", "5.4.0-040-generic", focal) == MINBTF_NEAREST_SAME_NUMBERS);
  CHECK(nearest("i686", "5.4.0-41-generic", focal) == MINBTF_NEAREST_MACHINE_UNSURE);
  CHECK(nearest("x86_64", "5.4.0-41-generic", "ID=ubuntu\n") == MINBTF_NEAREST_NO_OS_RELEASE);
  CHECK(nearest("x86_64", "5.4.0-41-generic", "VERSION_ID=20.04\n") == MINBTF_NEAREST_NO_OS_RELEASE);
  CHECK(nearest("x86_64", "5.4.0-40-generic", focal) == MINBTF_NEAREST_NOT_TRIED);
  CHECK(nearest("vax", "5.4.0-41-generic", focal) == MINBTF_NEAREST_NOT_TRIED);

  std::vector<std::string> texts;
  for (int i = MINBTF_NEAREST_NOT_TRIED; i <= MINBTF_NEAREST_DIFFERENT_CONTENTS; ++i) {
    const std::string text = minbtf_nearest_text(i);
    CHECK(text != "unknown");
    for (const std::string& other : texts) CHECK(text != other);
    texts.push_back(text);
  }
  CHECK(std::string(minbtf_nearest_text(100)) == "unknown");
}

TEST_CASE("bundle: each reason has a name and a text of its own") {
  std::vector<std::string> names;
  for (int reason = MINBTF_SYSTEM_ERROR; reason <= MINBTF_USER_PATH; ++reason) {
    const std::string name = minbtf_reason_name(reason);
    const std::string text = minbtf_reason_text(reason);
    if (name == "unknown") {
      CHECK(text == "unknown reason");
      continue;
    }
    CAPTURE(name);
    CHECK(text != "unknown reason");
    for (const std::string& other : names) CHECK(name != other);
    names.push_back(name);
  }
  CHECK(names.size() == 20);
}

TEST_CASE("bundle: the machines are those of ELF files") {
  for (const elf::NamedMachine& each : elf::machines) {
    const std::string name(each.architecture);
    CAPTURE(name);
    const std::uint32_t data = each.machine.order == ByteOrder::little ? 1 : 2;
    const std::uint32_t number = each.machine.number | (each.machine.is_64_bit ? 2U : 1U) << 16U | data << 24U;
    CHECK(minbtf_machine(name.c_str()) == number);
    CHECK(minbtf_machine(minbtf_machine_name(number)) == number);
  }
  CHECK(std::string(minbtf_machine_name(minbtf_machine("arm64"))) == "aarch64");
  CHECK(std::string(minbtf_machine_name(minbtf_machine("i386"))) == "i686");
  CHECK(std::string(minbtf_machine_name(minbtf_machine("armhf"))) == "armv7l");
  CHECK(std::string(minbtf_machine_name(0)) == "unknown");
}

TEST_CASE("bundle: the CRC is that of zlib") {
  CHECK(minbtf_crc32(0, "123456789", 9) == 0xcbf43926);
  CHECK(minbtf_crc32(minbtf_crc32(0, "1234", 4), "56789", 5) == 0xcbf43926);
  CHECK(minbtf_crc32(0, "", 0) == 0);
  std::vector<std::uint8_t> bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  CHECK(minbtf_crc32(0, bytes.data(), bytes.size()) == forged_crc32(bytes.data(), bytes.size()));
}
