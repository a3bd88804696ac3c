// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel in one uncompressed file: raw BTF, or the `.BTF` section of an ELF file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::io {

/// Type of a file by its first bytes. They do not show whether the BTF is that of a kernel or of a module.
enum class Contents { raw_btf, elf, pack, packed, other };

/// Returns the type of a file. `head` has its first bytes, up to file_type_bytes. The rules, in this order:
///  1. The magic of BTF: raw_btf.
///  2. The magic of ELF: elf, also for a BPF object.
///  3. The magic of a pack: pack.
///  4. Compressed data or a tar: packed.
///  5. Anything else: other.
[[nodiscard]] Contents contents_of(std::span<const std::uint8_t> head) noexcept;

/// Returns the reason for refusing a file that holds no kernel's BTF: "neither raw BTF nor an ELF file with a .BTF
/// section, but a text file". `forms` comes before the comma.
[[nodiscard]] std::string not_a_kernel(std::span<const std::uint8_t> head, std::string_view forms = {});

/// Limit for the size of a `.BTF` section.
struct SectionLimit {
  std::uint64_t bytes = max_input_bytes;
  std::string_view option = {};  ///< command line option that sets the limit; the error names it
};

/// Returns true if an ELF file is a kernel module (.ko). Every module has a section `.gnu.linkonce.this_module`, and no
/// vmlinux has it. The contents of the section are not read.
[[nodiscard]] bool is_module(const elf::ElfFile& elf);

/// Returns the `.BTF` section of an ELF file, without validating it. Throws Error: wrong_file for a kernel module and
/// for a file without such a section, damaged for an empty section, unsupported for a section over the limit. The size
/// in the section header is compared with the limit before the section is read.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name,
                                                    const SectionLimit& limit);

/// Does the same, and also throws Error (wrong_file) for a BPF object, whose BTF has the types of its programs and not
/// the types of a kernel.
[[nodiscard]] std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name,
                                                       const SectionLimit& limit);

}  // namespace minbtf::io
