// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel as `/boot/vmlinux-RELEASE`, where libbpf and cilium/ebpf look for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/input/architecture.hpp"

namespace minbtf::cli {

/// Returns an ELF file of the architecture with `btf` in the section .BTF, and nothing else in it: no code, no program
/// headers. `name` is for messages. Throws Error (unsupported) for an architecture whose ELF files are not known.
[[nodiscard]] std::vector<std::uint8_t> boot_elf(std::span<const std::uint8_t> btf,
                                                 const archive::Architecture& architecture, const std::string& name);

}  // namespace minbtf::cli
