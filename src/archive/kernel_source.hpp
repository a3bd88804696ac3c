// One kernel's BTF from one file: raw BTF or an ELF file with a `.BTF` section, as it is or packed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "archive/unpack.hpp"
#include "io/buffer.hpp"

namespace minbtf::archive {

/// What a kernel's bytes are read into.
struct KernelMemory {
  io::Buffer file;
  std::vector<std::uint8_t> section;  ///< or unpacked file
};

/// The raw BTF in `path`, in `memory` and unchecked: minbtf::Plan::minimize() does that. Of an ELF file only what is
/// needed is read. It may be compressed, and in a tar if no other kernel is there and it has no directory. Nothing if
/// `path` is a tar with more in it: a tree. Throws Error: io, wrong_file with what the file seems to be or for a BPF
/// object, damaged for ELF or packed data that cannot be followed, unsupported over a limit.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> read_kernel(const std::filesystem::path& path,
                                                                       const UnpackLimits& limits,
                                                                       KernelMemory& memory);

/// The same, and the BTF of a BPF object that is not in a tar.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> read_kernel_or_object(const std::filesystem::path& path,
                                                                                 const UnpackLimits& limits,
                                                                                 KernelMemory& memory);

}  // namespace minbtf::archive
