// The one pass over all types of a kernel: it finds where they are and checks them at once.
//
// This is where the time goes, so it only tells whether something is wrong; what that is, fault.hpp finds out.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "btf/bytes.hpp"
#include "btf/view.hpp"

namespace minbtf::btf {

/// The parameters of one prototype after another, four at most: the commonest list of a kernel. How many there are is
/// as good as random, so that a loop would be left with a misprediction nearly each time. Here a block of words is
/// taken in whatever it is, and a mask says which of them count.
class ShortParams {
 public:
  static constexpr std::uint32_t most = 4;
  static constexpr std::size_t block_bytes = most * 8;

  /// `params` are in host order, and `block_bytes` of them can be read, of which the first `count`, up to `most`,
  /// count.
  void add(const std::uint8_t* params, std::uint32_t count) noexcept {
    const Words low = load(params) & load(masks[count].data());
    const Words high = load(params + sizeof low) & load(masks[count].data() + 4);
    largest_ = larger(larger(largest_, low), high);
    all_bits_ |= low | high;
  }

  [[nodiscard]] std::uint32_t largest_name() const noexcept { return largest(0); }
  [[nodiscard]] std::uint32_t largest_type() const noexcept { return largest(1); }

 private:
  // Signed: that is what all processors can compare. Words are name, type, name, type.
  using Words = std::int32_t __attribute__((vector_size(16)));

  static Words load(const void* from) noexcept {
    Words words;
    std::memcpy(&words, from, sizeof words);
    return words;
  }
  static Words larger(Words a, Words b) noexcept { return a > b ? a : b; }

  [[nodiscard]] std::uint32_t largest(std::size_t column) const noexcept {
    // What is negative here is over any limit there.
    if ((all_bits_[column] | all_bits_[column + 2]) < 0) return std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::max(largest_[column], largest_[column + 2]));
  }

  /// By the number of parameters.
  static constexpr std::array<std::array<std::uint32_t, 2 * most>, most + 1> masks = [] {
    std::array<std::array<std::uint32_t, 2 * most>, most + 1> all{};
    for (std::size_t count = 0; count <= most; ++count) {
      std::fill_n(all[count].begin(), 2 * count, std::numeric_limits<std::uint32_t>::max());
    }
    return all;
  }();

  Words largest_{};
  Words all_bits_{};
};

/// Fills `index`. False unless every record lies within `types`, every name is below `string_bytes`, every type id
/// names a type of `types`, no kind is 0, and `layout` tells the size of every unknown kind.
[[nodiscard]] bool scan(const btf::ByteView& types, const btf::ByteView& layout, std::size_t string_bytes,
                        Index& index);

}  // namespace minbtf::btf
