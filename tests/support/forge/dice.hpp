// SPDX-License-Identifier: BSD-2-Clause
// Pseudo-random numbers that are the same for the same seed on every platform.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace minbtf::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// Returns a number below `n`.
  std::uint32_t roll(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  /// Returns an index into `from`.
  template <typename T>
  std::uint32_t index(const std::vector<T>& from) {
    return roll(static_cast<std::uint32_t>(from.size()));
  }
  bool one_in(std::uint32_t n) { return roll(n) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[index(from)];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace minbtf::test
