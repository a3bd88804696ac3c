// Told by content, not by name: is this a kernel's BTF, a file that may hold it, or something else that lies in a tree?
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/unpack.hpp"
#include "elf/elf_file.hpp"

namespace minbtf::archive {

enum class Contents { raw_btf, elf, packed, other };

/// What a file is by its first bytes (io::file_type_bytes of them). BPF objects are `other`.
/// Throws Error (wrong_file) for `other` if the path promises a kernel (is_kernel_name): a text file called REL.btf is
/// a mistake that somebody has to know of. `name` stands for the file in the message.
[[nodiscard]] Contents contents_of(std::span<const std::uint8_t> head, std::string_view path, const std::string& name);

/// Throws Error (unsupported) for a kernel's BTF, or the file it is in, of more bytes than --max-kernel-size allows.
void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits);

/// The `.BTF` section of a file, unchecked. Throws Error: wrong_file for a kernel module and where there is none,
/// damaged.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name);

/// The same of a kernel: a BPF object is a wrong_file too. What its programs refer to is no kernel's types.
[[nodiscard]] std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name);

/// The same; but an ELF file that is no kernel, and whose path promises none, is nothing.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                                   const std::string& name);

}  // namespace minbtf::archive
