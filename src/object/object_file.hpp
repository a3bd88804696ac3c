// SPDX-License-Identifier: BSD-2-Clause
// A BPF object in a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "io/read/buffer.hpp"

namespace minbtf::object {

/// Reads a file into `memory` and returns its bytes. A file that is not a BPF ELF file by its first bytes is refused
/// before the rest is read. Throws Error: io or wrong_file. `hint` is added to the error if BPF objects may be inside
/// the file (io::may_embed_objects()).
[[nodiscard]] std::span<const std::uint8_t> read_object(const std::filesystem::path& path, io::Buffer& memory,
                                                        std::string_view hint = {});

}  // namespace minbtf::object
