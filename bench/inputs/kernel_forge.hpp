// SPDX-License-Identifier: BSD-2-Clause
// Generates BTF that resembles a kernel's. The bytes are the same on every machine.
//
// The shares of the kinds, the number of members of a struct and the lengths of names are like those of Debian 12's 6.1
// for amd64. An undeduplicated kernel has hundreds of copies of each struct, as CentOS 8's 4.18 for arm64 has.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::bench {

struct KernelShape {
  std::uint64_t seed = 1;
  std::uint32_t types = 120'000;  ///< approximate number of types
  /// Number of copies of the wanted structs and of the types around them. More than 1: as if pahole did not
  /// deduplicate.
  std::uint32_t copies = 1;
};

/// Returns the shape of an undeduplicated kernel.
[[nodiscard]] constexpr KernelShape undeduplicated(std::uint64_t seed) {
  return {.seed = seed, .types = 400'000, .copies = 300};
}

[[nodiscard]] std::vector<std::uint8_t> forge_kernel(const KernelShape& shape);

}  // namespace minbtf::bench
