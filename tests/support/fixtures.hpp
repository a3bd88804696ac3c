// SPDX-License-Identifier: BSD-2-Clause
// A small kernel, and objects with CO-RE relocations for it; see tests/bpf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// Returns the path of the object compiled from tests/bpf/NAME.bpf.c. `order` is "el" or "eb".
[[nodiscard]] std::string bpf_object(std::string_view name, std::string_view order = "el");

/// Returns raw BTF of the test kernel, whose types tests/bpf/kernel.bpf.c declares.
[[nodiscard]] std::vector<std::uint8_t> kernel_btf(std::string_view order = "el");

/// Writes an ELF file of this machine with `btf` in the section `section`, as in vmlinux. Returns its path.
[[nodiscard]] std::string write_vmlinux(const TempDir& directory, std::string_view name,
                                        const std::vector<std::uint8_t>& btf, std::string_view section = ".BTF");

/// Writes an ELF file of this machine with one section of `bytes` zeros, which take no space on the disk. `flags` are
/// the section's sh_flags. Returns its path.
[[nodiscard]] std::string write_sparse_elf(const TempDir& directory, std::string_view name, std::uint64_t bytes,
                                           std::string_view section = ".BTF", std::uint64_t flags = 0);

}  // namespace minbtf::test
