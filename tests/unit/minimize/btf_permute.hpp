// SPDX-License-Identifier: BSD-2-Clause
// The same types with other ids and string offsets. A canonical output must not depend on either.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::test {

/// Shuffles the types and the strings of raw BTF. Types of one kind and essential name keep their order, because
/// libbpf's results depend on it. For the same reason INTs with "long" in their name, which give the pointer size, keep
/// theirs.
[[nodiscard]] std::vector<std::uint8_t> permute_types(const std::vector<std::uint8_t>& btf, std::uint32_t seed);

}  // namespace minbtf::test
