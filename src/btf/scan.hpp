// SPDX-License-Identifier: BSD-2-Clause
// The pass over all types of a kernel, which finds where each type is and checks it at the same time.
//
// Reading a kernel spends most of its time here. scan() therefore reports only that something is wrong; throw_fault()
// (fault.hpp) then finds out what.
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

/// Largest name and type id in the parameters of many prototypes with up to four parameters, the most frequent lists of
/// a kernel. The number of parameters is as good as random, so a loop over them would mispredict its end nearly every
/// time. This class reads a block of four parameters whatever their number is, and masks the words that do not belong
/// to the list.
///
/// Example: a list of two parameters, (name 7, type 12) and (name 0, type 3). The words x belong to the next record.
///   the block of 8 words   7 12 0 3 x x x x
///   after masks[2]         7 12 0 3 0 0 0 0     largest_name() is 7, largest_type() is 12
class ShortParams {
 public:
  static constexpr std::uint32_t most = 4;
  static constexpr std::size_t block_bytes = most * 8;

  /// Takes the first `count` parameters at `params`; `count` is at most `most`. `block_bytes` bytes must be readable at
  /// `params`, in host byte order.
  void add(const std::uint8_t* params, std::uint32_t count) noexcept {
    const Words low = load(params) & load(masks[count].data());
    const Words high = load(params + sizeof low) & load(masks[count].data() + 4);
    largest_ = larger(larger(largest_, low), high);
    all_bits_ |= low | high;
  }

  [[nodiscard]] std::uint32_t largest_name() const noexcept { return largest(0); }
  [[nodiscard]] std::uint32_t largest_type() const noexcept { return largest(1); }

 private:
  // Signed, because not every processor has an unsigned comparison of vectors. The words are name, type, name, type.
  using Words = std::int32_t __attribute__((vector_size(16)));

  static Words load(const void* from) noexcept {
    Words words;
    std::memcpy(&words, from, sizeof words);
    return words;
  }
  static Words larger(Words a, Words b) noexcept { return a > b ? a : b; }

  [[nodiscard]] std::uint32_t largest(std::size_t column) const noexcept {
    // A word with bit 31 set is over every limit: the caller has at most 2^31 - 1 bytes of strings, and fewer types.
    if ((all_bits_[column] | all_bits_[column + 2]) < 0) return std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::max(largest_[column], largest_[column + 2]));
  }

  /// Index: the number of parameters.
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

/// Fills `index`. Returns true if every record lies within `types`, every name is below `string_bytes`, every type id
/// refers to a type in `types`, no kind is 0, and `layout` has the size of every unknown kind.
///
/// Example, three records:
///   at  0  INT "int"                            offsets[1] = 0, named {1, "int"}, integers {1}
///   at 16  PTR to type 3                        offsets[2] = 16, largest type id 3
///   at 28  STRUCT "s" with member "p", type 2   offsets[3] = 28, named {3, "s"}
///   at 52  end of `types`                       id_end = 4; the result is true, since 3 < 4
/// With PTR to type 4 the result would be false.
[[nodiscard]] bool scan(const btf::ByteView& types, const btf::ByteView& layout, std::size_t string_bytes,
                        Index& index);

}  // namespace minbtf::btf
