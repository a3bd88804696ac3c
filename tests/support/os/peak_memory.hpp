// SPDX-License-Identifier: BSD-2-Clause
// The peak of allocated memory: a few bytes of input must not make min-btf allocate gigabytes.
#pragma once

#include <cstddef>

namespace minbtf::test {

/// Counts the bytes that any code in the process allocates from now on and has not freed. Only one PeakMemory may exist
/// at a time. Without AddressSanitizer only operator new is counted, not malloc() in C libraries.
class PeakMemory {
 public:
  PeakMemory();
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;
  ~PeakMemory();

  /// The largest number of bytes so far.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

/// Returns the limit of memory for reading `input` bytes: a multiple of the input, plus a constant for fixed costs.
[[nodiscard]] constexpr std::size_t in_proportion(std::size_t input) noexcept { return 64 * input + (1U << 20U); }

}  // namespace minbtf::test
