// SPDX-License-Identifier: BSD-2-Clause
// Random objects and kernels whose types nearly match: small graphs with few names. A type has several candidates,
// members hide each other, pointers point to void, and arrays end in the middle of a path.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::test {

struct RandomCase {
  std::vector<std::uint8_t> object;  ///< ELF, little-endian
  std::vector<std::uint8_t> kernel;  ///< raw BTF
};

enum class Loops : std::uint8_t {
  any,          ///< types may contain themselves
  as_c_allows,  ///< without_loops()
};

/// Returns the same case for the same seed. Three things are left out: input on which libbpf 1.1 crashes or does not
/// return (loops of typedefs, arrays of themselves, bitfields of pointers), input on which libbpf 1.1 reads past the
/// end (a last type without elements), and negative indices, which libbpf 1.1 still accepts.
[[nodiscard]] RandomCase random_case(std::uint64_t seed, Loops loops = Loops::any);

/// Returns another kernel for the object of random_case(seed): raw BTF with the object's types and a few changes, as
/// another build of the kernel may have them. Other numbers give other kernels. Little-endian.
[[nodiscard]] std::vector<std::uint8_t> other_kernel(std::uint64_t seed, std::uint64_t number);

}  // namespace minbtf::test
