// SPDX-License-Identifier: BSD-2-Clause
// Finds BPF objects inside other bytes: a program that embeds objects keeps their complete ELF images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf::elf {

/// An ELF image inside other bytes.
struct BpfImage {
  std::uint64_t offset = 0;  ///< of the first byte of the image
  std::uint64_t size = 0;    ///< bytes
  ByteOrder order = ByteOrder::little;
};

struct BpfImages {
  std::vector<BpfImage> complete;  ///< in the order of their offsets; they do not overlap
  /// Offsets of the headers of BPF objects whose section headers or sections are not all in the bytes.
  std::vector<std::uint64_t> cut;
};

/// Returns the images of BPF objects (64-bit, ET_REL, EM_BPF, either byte order) at all offsets, aligned or not. An
/// image ends where the last of its sections or the table of its section headers ends, as in the files that compilers,
/// strip and bpftool write. The search goes on behind a complete image. It takes time in proportion to the bytes:
/// throws Error (damaged) that names `name` if the headers of incomplete images refer to the same section headers many
/// times.
[[nodiscard]] BpfImages find_bpf_images(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace minbtf::elf
