// Random objects and kernels whose types nearly fit: small graphs over few names, so that candidates are several,
// members hide each other, pointers lead to void, and arrays end in the middle.
#pragma once

#include <cstdint>
#include <vector>

namespace minbtf::test {

struct RandomCase {
  std::vector<std::uint8_t> object;  ///< ELF, little-endian
  std::vector<std::uint8_t> kernel;  ///< raw BTF
};

/// The same for the same seed. Leaves out only what makes libbpf 1.1 crash or not come back (loops of typedefs,
/// arrays of themselves, bitfields of pointers), or read what is not there (a last record without elements), and
/// negative indices, which it still accepts.
[[nodiscard]] RandomCase random_case(std::uint64_t seed);

}  // namespace minbtf::test
