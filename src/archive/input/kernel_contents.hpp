// The type of a file by its contents: a kernel's BTF, a file that may hold a kernel's BTF, or any other file. The name
// of the file only decides whether other contents are an error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/unpack/unpack.hpp"
#include "elf/elf_file.hpp"

namespace minbtf::archive {

/// Type of a file by its first bytes. These bytes do not show whether raw BTF or a `.BTF` section belongs to a module;
/// is_module() and is_ignored_module() find that out.
enum class Contents { raw_btf, elf, packed, other };

/// Source of the promise that a file holds a kernel's BTF. Other contents of a promised file are an error; without a
/// promise such a file is ignored.
enum class Promise {
  none,
  name,  ///< the name of the file, is_kernel_name(): a text file REL.btf is an error
  user,  ///< the user: the file is INPUT
};

/// Returns `name` if is_kernel_name() is true for the path, and `none` otherwise.
[[nodiscard]] Promise promise_of(std::string_view path);

/// Returns the type of a file. `head` has its first bytes, up to io::file_type_bytes. The rules, in this order:
///  1. The magic of BTF: raw_btf.
///  2. The magic of ELF: elf. A BPF object without a promise is not elf, and ends as `other`: it is ignored.
///  3. Compressed data or a tar: packed.
///  4. Anything else: `other` without a promise; with a promise Error (wrong_file) is thrown.
/// `name` is the file's name in the message.
[[nodiscard]] Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file). The message describes the file by its first bytes.
[[noreturn]] void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file) for a tar without a kernel. `modules` is the number of files of kernel modules in the tar.
[[noreturn]] void refuse_without_kernel(const std::string& name, std::size_t modules);

/// Throws Error (unsupported) if a kernel's BTF, or the file that holds it, has more bytes than --max-kernel-size.
void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits);

/// Returns true if raw BTF in a tree is the BTF of a module and is ignored. Throws Error (wrong_file) if the BTF is a
/// module's and `path` cannot be the name of a module: the file was meant to be a kernel, which would be lost silently.
[[nodiscard]] bool is_ignored_module(std::span<const std::uint8_t> btf, std::string_view path, const std::string& name);

/// Returns true if an ELF file is a kernel module (.ko). Every module has a section `.gnu.linkonce.this_module`, and no
/// vmlinux has one.
[[nodiscard]] bool is_module(const elf::ElfFile& elf);

/// Returns the `.BTF` section, unchecked. Throws Error: wrong_file for a kernel module and for a file without the
/// section, damaged for an empty section.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name);

/// Does the same, and also throws Error (wrong_file) for a BPF object: its BTF has the types of its programs, not those
/// of a kernel.
[[nodiscard]] std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name);

/// Does the same as kernel_section() for a file in a tree, but returns nothing for files that are ignored: an ELF file
/// without a `.BTF` section whose path does not promise a kernel, and a module whose path may be that of a module.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                                   const std::string& name);

}  // namespace minbtf::archive
