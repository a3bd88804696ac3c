// Randomness that is the same for the same seed, everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace minbtf::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// Below `n`.
  std::uint32_t roll(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  /// Below the size of `from`.
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
