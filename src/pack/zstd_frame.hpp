// SPDX-License-Identifier: BSD-2-Clause
// One block of data as one zstd frame.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/read/buffer.hpp"

namespace minbtf::pack {

/// Returns `bytes` as a zstd frame with its size and a window of at most max_window_log. Throws Error (internal) if
/// zstd fails, and std::bad_alloc.
[[nodiscard]] std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, int level);

/// Decompresses an untrusted frame that must have exactly `raw_bytes` bytes. The bytes are in `memory`. Throws Error
/// (damaged) for any other frame, and for bytes behind it. `file` and `where` name the frame in messages.
[[nodiscard]] std::span<const std::uint8_t> decompressed(std::span<const std::uint8_t> frame, std::uint64_t raw_bytes,
                                                         const std::string& file, const std::string& where,
                                                         io::Buffer& memory);

}  // namespace minbtf::pack
