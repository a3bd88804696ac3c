// Told by content, not by name: is this a kernel's BTF, a file that may hold it, or something else that lies in a tree?
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

/// What the first bytes say. Whether raw BTF, or the section of an ELF file, is that of a module is known when it is
/// read: is_module(), is_ignored_module().
enum class Contents { raw_btf, elf, packed, other };

/// Who says that a file holds a kernel's BTF: what is something else then is a mistake, not a file to be ignored.
enum class Promise {
  none,
  name,  ///< is_kernel_name(): a text file REL.btf is a mistake that somebody has to know of
  user,  ///< it is INPUT
};

[[nodiscard]] Promise promise_of(std::string_view path);

/// What a file is by its first bytes (io::file_type_bytes of them). Without a promise BPF objects are `other`; with one
/// Error (wrong_file) is thrown for `other`. `name` stands for the file in the message.
[[nodiscard]] Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file) that says what the file seems to be instead of a kernel.
[[noreturn]] void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file) for a tar in which no kernel is. `modules` are the files of kernel modules in it.
[[noreturn]] void refuse_without_kernel(const std::string& name, std::size_t modules);

/// Throws Error (unsupported) for a kernel's BTF, or the file it is in, of more bytes than --max-kernel-size allows.
void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits);

/// Whether raw BTF in a tree is a module's, and is left out for it. Throws Error (wrong_file) if `path` is the name of
/// a kernel and cannot be that of a module: nobody would miss the kernel otherwise.
[[nodiscard]] bool is_ignored_module(std::span<const std::uint8_t> btf, std::string_view path, const std::string& name);

/// Whether an ELF file is a kernel module (.ko). Every module has this section, and no vmlinux does.
[[nodiscard]] bool is_module(const elf::ElfFile& elf);

/// The `.BTF` section of a file, unchecked. Throws Error: wrong_file for a kernel module and where there is none,
/// damaged.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name);

/// The same of a kernel: a BPF object is a wrong_file too. What its programs refer to is no kernel's types.
[[nodiscard]] std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name);

/// The same; but an ELF file that is no kernel, and whose path promises none, is nothing. So is a module, if its path
/// may be that of a module.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                                   const std::string& name);

}  // namespace minbtf::archive
