// SPDX-License-Identifier: BSD-2-Clause
// Compares the byte order of a BTF with the architecture of its kernel.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "archive/input/architecture.hpp"

namespace minbtf::archive {

/// Returns the reason why the raw BTF `btf` is not that of a kernel of `architecture`: it has the other byte order.
/// Empty if it may be. Null for `architecture`, and mips64, are not checked: `uname -m` is `mips64` in both byte
/// orders.
[[nodiscard]] std::string byte_order_fault(const Architecture* architecture, std::span<const std::uint8_t> btf);

}  // namespace minbtf::archive
