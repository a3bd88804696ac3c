// SPDX-License-Identifier: BSD-2-Clause
// Opens, checks and searches a bundle with include/minbtf/bundle.h: first as it is, and then with the right CRC of its
// index, so that changes are not found by it alone. Then reads the same bytes as an os-release file.
//
// Checked: results are reasons of the format. An answer is inside of the bundle. In a bundle that passes the check,
// each kernel is found by its own values, and no lookup reports damage.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/harness.hpp"
#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Lookups are done for this many kernels.
constexpr std::uint32_t most_kernels = 32;

bool is_damage(int reason) { return reason == MINBTF_DAMAGED || reason == MINBTF_NEWER_FORMAT; }

void require_sound(const minbtf_bundle& bundle, const minbtf_match& match, bool is_checked) {
  require(std::string(minbtf_reason_name(match.reason)) != "unknown", "a reason");
  require(!is_checked || !is_damage(match.reason), "no damage after the check");
  require(std::uint64_t{match.first} + match.count <= bundle.kernels, "the range of kernels");
  if (match.reason < 0) {
    require(match.btf == nullptr && match.size == 0 && match.content == MINBTF_NONE && match.kernel == MINBTF_NONE,
            "no answer");
    return;
  }
  const auto* const btf = static_cast<const unsigned char*>(match.btf);
  require(btf >= bundle.data + bundle.strings_off + bundle.strings_size && match.size > 0, "the start of an answer");
  require(match.size <= bundle.size && btf <= bundle.data + (bundle.size - match.size), "the end of an answer");
  require(match.content < bundle.contents && match.kernel < bundle.kernels, "the numbers of an answer");
  const int crc = minbtf_match_check(&match);
  require(!is_checked || crc == MINBTF_OK, "the CRC after the check");
  if (match.reason == MINBTF_NEAREST_EQUAL) {
    minbtf_kernel below = {};
    minbtf_kernel above = {};
    require(minbtf_bundle_kernel(&bundle, match.below, &below) == MINBTF_OK, "the release below");
    require(minbtf_bundle_kernel(&bundle, match.above, &above) == MINBTF_OK, "the release above");
    require(below.content == match.content && above.content == match.content, "the contents on both sides");
  }
}

minbtf_match find(const minbtf_bundle& bundle, const minbtf_system& system, unsigned flags, bool is_checked) {
  minbtf_match match;
  require(minbtf_bundle_find(&bundle, &system, flags, &match) == match.reason, "the reason");
  require_sound(bundle, match, is_checked);
  std::uint32_t considered = 0;
  for (std::uint32_t i = 0; i < std::min(match.count, most_kernels); ++i) {
    considered += minbtf_match_has(&bundle, &system, &match, match.first + i) != 0 ? 1 : 0;
  }
  require(match.reason != MINBTF_AMBIGUOUS || match.count > most_kernels || considered > 1, "several are ambiguous");
  return match;
}

void set(char* to, std::size_t capacity, const char* value) {
  if (std::strlen(value) < capacity) std::strcpy(to, value);
}

/// Looks up the kernel by its own values.
void find_kernel(const minbtf_bundle& bundle, std::uint32_t index, bool is_checked) {
  minbtf_kernel kernel;
  const int reason = minbtf_bundle_kernel(&bundle, index, &kernel);
  require(!is_checked || reason == MINBTF_OK, "a kernel after the check");
  if (reason != MINBTF_OK) return;
  minbtf_content content;
  const int has_content = minbtf_bundle_content(&bundle, kernel.content, &content);
  require(!is_checked || has_content == MINBTF_OK, "a content after the check");

  minbtf_system system = {};
  minbtf_system_set_kernel(&system, minbtf_machine_name(kernel.machine), kernel.release, kernel.build);
  set(system.id, sizeof system.id, kernel.id);
  set(system.version_id, sizeof system.version_id, kernel.version_id);
  const minbtf_match match = find(bundle, system, 0, is_checked);
  const bool fits = system.too_long == 0 && std::strcmp(system.id, kernel.id) == 0 &&
                    std::strcmp(system.version_id, kernel.version_id) == 0;
  const bool is_known = kernel.machine != 0 && minbtf_machine(system.machine) == kernel.machine;
  if (is_checked && fits && is_known && kernel.release[0] != 0) {
    require(match.reason != MINBTF_NO_RELEASE && match.reason != MINBTF_UNKNOWN_MACHINE, "the release is found");
    require(kernel.id[0] == 0 || match.reason == MINBTF_EXACT || match.reason == MINBTF_AMBIGUOUS, "the best rank");
    if (kernel.id[0] != 0 && kernel.build[0] != 0) {
      require(match.reason == MINBTF_EXACT && match.content == kernel.content, "the build is found");
    }
  }
  // A release that is not in the bundle, and the other machine.
  set(system.id_like, sizeof system.id_like, kernel.id);
  for (const unsigned flags : {0U, 1U, 2U, 3U}) {
    const std::string release = std::string(system.release).substr(0, 60) + ".1";
    minbtf_system other = system;
    minbtf_system_set_kernel(&other, system.machine, release.c_str(), system.build);
    (void)find(bundle, other, flags, is_checked);
    other = system;
    other.id[0] = 0;
    (void)find(bundle, other, flags, is_checked);
    minbtf_system_set_kernel(&other, "i686", system.release, "");
    (void)find(bundle, other, flags, is_checked);
  }
}

void run(const Bytes& bytes) {
  minbtf_bundle bundle;
  const int reason = minbtf_bundle_open(&bundle, bytes.data(), bytes.size());
  require(reason <= 0, "open has no answer");
  require(reason == MINBTF_OK || (bundle.kernels == 0 && bundle.contents == 0), "nothing after an error");
  const bool is_checked = minbtf_bundle_check(&bundle) == MINBTF_OK;
  require(!is_checked || reason == MINBTF_OK, "check of an error");
  for (std::uint32_t i = 0; i < std::min(bundle.kernels, most_kernels); ++i) find_kernel(bundle, i, is_checked);
  minbtf_kernel none;
  require(minbtf_bundle_kernel(&bundle, bundle.kernels, &none) != MINBTF_OK, "a kernel behind the last");
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf::test;
  std::vector<std::uint8_t> bytes(data, data + size);
  run(bytes);
  correct_index_crc(bytes);
  run(bytes);
  minbtf_system system = {};
  minbtf_os_release_parse(&system, reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(std::memchr(system.id, 0, sizeof system.id) != nullptr, "the end of ID");
  require(std::memchr(system.version_id, 0, sizeof system.version_id) != nullptr, "the end of VERSION_ID");
  require(std::memchr(system.id_like, 0, sizeof system.id_like) != nullptr, "the end of ID_LIKE");
  return 0;
}
