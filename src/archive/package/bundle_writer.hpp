// SPDX-License-Identifier: BSD-2-Clause
// Bundles: the distinct reduced BTFs of many kernels and a sorted index, in one file that a program reads in place. The
// format is that of docs/bundle-format.md, and include/minbtf/bundle.h reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace minbtf::archive {

struct BundleKernel {
  std::uint32_t machine = 0;  ///< e_machine | ELFCLASS << 16 | ELFDATA << 24
  std::string release;        ///< `uname -r`
  // An empty text means that the value is not known.
  std::string id;                     ///< ID of os-release, without quotes
  std::string version_id;             ///< VERSION_ID of os-release, without quotes
  std::string build;                  ///< `uname -v`
  std::span<const std::uint8_t> btf;  ///< must be valid until bundle_of() returns
};

/// Size of the longest text of a kernel in bytes. Programs compare no longer value of uname or os-release:
/// minbtf_system has room for 64 bytes.
inline constexpr std::size_t longest_bundle_text = 64;

/// Returns the reason why the texts of a kernel cannot be in a bundle, such as "has a release of 70 bytes, ...": one
/// has a zero byte, or is longer than longest_bundle_text. Empty if there is no such reason.
[[nodiscard]] std::string bundle_text_fault(const BundleKernel& kernel);

/// Size of the largest bundle in bytes: offsets have 32 bits.
inline constexpr std::uint64_t largest_bundle = 0xffffffff;

/// Returns a bundle of the kernels. Sorts them by (machine, release, id, version_id, build), and stores equal contents
/// once. Kernels with an equal key and equal contents are one kernel. Equal kernels give equal bytes, in any order. The
/// bundle has at most the bytes of the distinct contents, 32 bytes for each kernel, 24 for each distinct content, one
/// copy of each distinct text with its NUL, and 64.
///
/// Throws Error (unsupported) that names the kernel if two kernels with an equal key have different contents, or if
/// bundle_text_fault() has a reason; and Error (unsupported) if the bundle would be larger than largest_bundle.
[[nodiscard]] std::vector<std::uint8_t> bundle_of(std::vector<BundleKernel> kernels);

}  // namespace minbtf::archive
