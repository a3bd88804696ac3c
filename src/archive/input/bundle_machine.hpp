// SPDX-License-Identifier: BSD-2-Clause
// Machines of kernels as bundles state them, and architectures.
#pragma once

#include <cstdint>
#include <string>

#include "archive/input/architecture.hpp"
#include "minbtf/btf.hpp"

namespace minbtf::archive {

/// Returns the machine of a kernel's programs: e_machine | ELFCLASS << 16 | ELFDATA << 24. `order` is the byte order of
/// the kernel's BTF. Throws Error (unsupported) for an architecture whose ELF files are not known.
[[nodiscard]] std::uint32_t bundle_machine(const Architecture& architecture, ByteOrder order);

/// Returns the architecture of a machine, by elf::architecture_of_bundle(); null if none is known.
[[nodiscard]] const Architecture* architecture_of_machine(std::uint32_t machine);

}  // namespace minbtf::archive
