// SPDX-License-Identifier: BSD-2-Clause
// BTF with random changes, which libbpf may resolve differently.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

struct DamagedBtf {
  std::vector<std::uint8_t> bytes;
  std::string what;  ///< the changes in words, for messages
};

/// Makes one to three changes: of names, sizes, offsets, values, pointees, or the order of types; members, enumerators
/// and types are removed or duplicated. The result is valid, and does not crash libbpf 1.1, if `btf` has these
/// properties (random_case()). The result is the same for the same seed.
[[nodiscard]] DamagedBtf damage(const std::vector<std::uint8_t>& btf, std::uint64_t seed);

}  // namespace minbtf::test
