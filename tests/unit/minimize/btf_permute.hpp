// The same types under other ids: what a canonical output must not show.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::test {

/// Shuffles the types of raw BTF, and its strings. Types of one kind and essential name keep their order, which is
/// part of what libbpf decides by, and so do the INTs that tell the pointer size.
[[nodiscard]] std::vector<std::uint8_t> permute_types(const std::vector<std::uint8_t>& btf, std::uint32_t seed);

}  // namespace minbtf::test
