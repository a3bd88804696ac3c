// A small kernel and the objects that ask it questions; see tests/bpf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// Path of tests/bpf/NAME.bpf.c, compiled; `order` is "el" or "eb".
[[nodiscard]] std::string bpf_object(std::string_view name, std::string_view order = "el");

/// Raw BTF of the kernel that tests/bpf/kernel.bpf.c stands for.
[[nodiscard]] std::vector<std::uint8_t> kernel_btf(std::string_view order = "el");

/// Makes an ELF file for this machine with `btf` in the section `section`, as vmlinux has it. Returns its path.
[[nodiscard]] std::string write_vmlinux(const TempDir& directory, std::string_view name,
                                        const std::vector<std::uint8_t>& btf, std::string_view section = ".BTF");

}  // namespace minbtf::test
