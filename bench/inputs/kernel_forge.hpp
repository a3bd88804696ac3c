// BTF like a kernel's that is nobody's: the same bytes on every machine.
//
// How many types there are of a kind, members of a struct and letters of a name is much as in Debian 12's 6.1 for
// amd64; that a kernel can have hundreds of each struct, as in CentOS 8's 4.18 for arm64.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::bench {

struct KernelShape {
  std::uint64_t seed = 1;
  std::uint32_t types = 120'000;  ///< about
  /// Over 1: the wanted structs and what surrounds them are there so many times, as when pahole did not deduplicate.
  std::uint32_t copies = 1;
};

/// An undeduplicated kernel.
[[nodiscard]] constexpr KernelShape undeduplicated(std::uint64_t seed) {
  return {.seed = seed, .types = 400'000, .copies = 300};
}

[[nodiscard]] std::vector<std::uint8_t> forge_kernel(const KernelShape& shape);

}  // namespace minbtf::bench
