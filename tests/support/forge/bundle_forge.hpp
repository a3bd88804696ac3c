// SPDX-License-Identifier: BSD-2-Clause
// Bundles for tests, valid or not. The forge checks nothing, and shares no code with the production writer or with
// include/minbtf/bundle.h: a mistake in one of them is found by the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

struct ForgedKernel {
  std::uint32_t machine = 0x0102003e;  ///< x86_64
  std::string release;
  std::string id{};
  std::string version_id{};
  std::string build{};
  std::string content;  ///< the bytes in place of BTF
};

struct ForgedBundle {
  std::vector<ForgedKernel> kernels;
  bool sorts_kernels = true;     ///< false: kernels stay in the given order
  bool sorts_strings = true;     ///< false: the strings are in reverse order, except for the first
  bool sorts_contents = true;    ///< false: contents are in reverse order of first use
  bool pads_after_last = false;  ///< 8 zero bytes at the end
  std::string unused_content{};  ///< a further content, if it is not empty
  std::uint16_t minor = 0;
  std::size_t longer_header = 0;  ///< bytes behind the header of 64
};

/// Returns the bundle.
[[nodiscard]] std::vector<std::uint8_t> forge_bundle(const ForgedBundle& bundle);
[[nodiscard]] std::vector<std::uint8_t> forge_bundle(std::vector<ForgedKernel> kernels);

/// Writes a little-endian number into the bytes, if they have room for it.
void set_number(std::vector<std::uint8_t>& bytes, std::size_t offset, std::uint32_t value, unsigned size = 4);

/// Makes index_crc right again after a change, if the offsets in the header are inside of the bytes.
void correct_index_crc(std::vector<std::uint8_t>& bundle);

/// Returns the CRC-32 of zlib.
[[nodiscard]] std::uint32_t forged_crc32(const std::uint8_t* bytes, std::size_t size);

/// Returns a small bundle with several contents of one release, builds, and several machines.
[[nodiscard]] std::vector<std::uint8_t> sample_bundle();

}  // namespace minbtf::test
