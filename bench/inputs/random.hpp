// SPDX-License-Identifier: BSD-2-Clause
// Random numbers that are the same with every compiler and library. The distributions of <random> are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace minbtf::bench {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  /// Returns a number from 0 to n - 1.
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  /// Returns a number from 0 to n - 1, small numbers more often.
  std::uint32_t small_below(std::size_t n) {
    const std::uint32_t one = below(n);
    const std::uint32_t other = below(n);
    return one < other ? one : other;
  }
  bool percent(std::uint32_t chance) { return below(100) < chance; }

  template <typename Range>
  const auto& any(const Range& range) {
    return range[below(std::size(range))];
  }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace minbtf::bench
