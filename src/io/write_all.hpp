// SPDX-License-Identifier: BSD-2-Clause
// The write loop of every writer.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minbtf::io {

/// Writes all of `bytes`. Throws Error (io) with the name `file`.
void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& file);

}  // namespace minbtf::io
