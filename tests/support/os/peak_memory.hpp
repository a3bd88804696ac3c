// How much memory something takes, at most: a few bytes of input must not make us ask for gigabytes.
#pragma once

#include <cstddef>

namespace minbtf::test {

/// Counts what is allocated, by anybody in the process, and not freed yet, from here on. One at a time. Without
/// AddressSanitizer what libraries in C take is not seen.
class PeakMemory {
 public:
  PeakMemory();
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;
  ~PeakMemory();

  /// The largest sum so far.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

/// What reading `input` bytes may take at most: so many times as much, and some for what is always there.
[[nodiscard]] constexpr std::size_t in_proportion(std::size_t input) noexcept { return 64 * input + (1U << 20U); }

}  // namespace minbtf::test
