// BTF with something changed at random: what libbpf may decide otherwise on, or not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

struct DamagedBtf {
  std::vector<std::uint8_t> bytes;
  std::string what;  ///< for messages
};

/// One to three changes: of names, sizes, offsets, values, pointees, the order of types; members, enumerators and types
/// that are gone, or there twice. Valid, and free of what makes libbpf 1.1 crash, as long as `btf` is (random_case()).
/// The same for the same seed.
[[nodiscard]] DamagedBtf damage(const std::vector<std::uint8_t>& btf, std::uint64_t seed);

}  // namespace minbtf::test
