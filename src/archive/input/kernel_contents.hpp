// SPDX-License-Identifier: BSD-2-Clause
// The type of a file by its contents: a kernel's BTF, a file that may hold a kernel's BTF, or any other file. The name
// of the file determines only which contents are an error and which are ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/unpack/unpack.hpp"
#include "elf/elf_file.hpp"
#include "io/read/kernel_btf.hpp"

namespace minbtf::archive {

/// Reason to expect a kernel's BTF in a file. Other contents of such a file are an error. A file without a promise is
/// ignored if it has other contents.
enum class Promise {
  none,
  name,  ///< the name of the file, is_kernel_name(): a text file REL.btf is an error
  user,  ///< the file is INPUT
};

/// Returns `name` if is_kernel_name() is true for the path, and `none` otherwise.
[[nodiscard]] Promise promise_of(std::string_view path);

/// Returns the type of a file, as io::contents_of(), with two differences:
///  1. A BPF object without a promise is `other`, and is ignored.
///  2. `other` and `pack` with a promise are not returned: Error (wrong_file) is thrown.
/// `name` is the file's name in the message.
[[nodiscard]] io::Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file). The message describes the file by its first bytes.
[[noreturn]] void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name);

/// Throws Error (wrong_file): the file is a pack in a place where packs are not read.
[[noreturn]] void refuse_pack(const std::string& name);

/// Throws Error (wrong_file) for a tar without a kernel. `modules` is the number of files of kernel modules in the tar.
[[noreturn]] void refuse_without_kernel(const std::string& name, std::size_t modules);

/// Returns --max-kernel-size as the limit of a `.BTF` section.
[[nodiscard]] io::SectionLimit section_limit(const UnpackLimits& limits);

/// Throws Error (unsupported) if a kernel's BTF has more bytes than --max-kernel-size.
void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits);

/// Returns true if raw BTF in a tree is the BTF of a module and is ignored. Throws Error (wrong_file) if it is the BTF
/// of a module and `path` cannot be the name of a module: users would not notice that the kernel is missing.
[[nodiscard]] bool is_ignored_module(std::span<const std::uint8_t> btf, std::string_view path, const std::string& name);

/// Does the same as io::kernel_section() for a file in a tree, but returns nothing for a file that is ignored: an ELF
/// file without a `.BTF` section, unless is_kernel_name() is true for its path; and a kernel module, unless the path is
/// named like a kernel and cannot be the name of a module (is_module_name()).
[[nodiscard]] std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                                   const std::string& name, const UnpackLimits& limits);

}  // namespace minbtf::archive
