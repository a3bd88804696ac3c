// Where a kernel's BTF comes from: raw BTF, or an ELF file with a `.BTF` section. The contents decide, not the name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace minbtf::archive {

/// The raw BTF in `path`, unchecked: minbtf::Btf::parse() does that. Of an ELF file only what is needed is read.
/// Throws Error: io, wrong_file with what the file seems to be, or damaged for ELF that cannot be followed.
[[nodiscard]] std::vector<std::uint8_t> read_kernel(const std::filesystem::path& path);

}  // namespace minbtf::archive
