// SPDX-License-Identifier: BSD-2-Clause
// Compressed data as gzip, xz or zstd, in memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace minbtf::archive {

enum class Compression : std::uint8_t { none, gzip, xz, zstd };

/// Returns `bytes` compressed; a copy of them for Compression::none. Equal bytes give equal results with the same
/// versions of the compression libraries: there is no name and no time in the result, and one thread compresses. The
/// result has a checksum of the contents: CRC-32 (gzip), CRC-64 (xz) or XXH64 (zstd). A reader needs at most 9 MiB of
/// memory. Throws std::bad_alloc, and Error (internal) if a library fails.
[[nodiscard]] std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, Compression how);

}  // namespace minbtf::archive
