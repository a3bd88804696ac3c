// The largest name offset and the largest type id of many records: all that is needed to know that none is too large.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "btf/steps.hpp"
#include "wire/bytes.hpp"

namespace minbtf::btf {

struct Largest {
  std::uint32_t name = 0;
  std::uint32_t type = 0;

  void add(const Largest& other) noexcept {
    name = std::max(name, other.name);
    type = std::max(type, other.type);
  }

  /// Looks at what is behind a record's 12 bytes.
  template <bool swap>
  void add_tail(Tail kind, const std::uint8_t* tail, std::uint32_t vlen) noexcept {
    switch (kind) {
      case Tail::array:
        return add_elements<swap, 4, no_column, 0>(tail, 2);  // type and index_type
      case Tail::members:
        return add_elements<swap, 12, 0, 4>(tail, vlen);
      case Tail::params:
        return add_elements<swap, 8, 0, 4>(tail, vlen);
      case Tail::enumerators:
        return add_elements<swap, 8, 0, no_column>(tail, vlen);
      case Tail::wide_enumerators:
        return add_elements<swap, 12, 0, no_column>(tail, vlen);
      case Tail::variables:
        return add_elements<swap, 12, no_column, 0>(tail, vlen);
      case Tail::nothing:
      case Tail::integer:
      case Tail::unknown:
        return;
    }
  }

 private:
  static constexpr std::size_t no_column = std::numeric_limits<std::size_t>::max();

  template <bool swap, std::size_t elem_size, std::size_t name_at, std::size_t type_at>
  void add_elements(const std::uint8_t* elements, std::uint32_t count) noexcept {
    for (; count != 0; --count, elements += elem_size) {
      if constexpr (name_at != no_column) name = std::max(name, wire::load_u32<swap>(elements + name_at));
      if constexpr (type_at != no_column) type = std::max(type, wire::load_u32<swap>(elements + type_at));
    }
  }
};

/// The same for short tails without a branch, which nobody could predict: a block of words is taken in whatever it is,
/// and a mask says which of them count. In host order only.
class LargestOfBlocks {
 public:
  static constexpr std::size_t block_words = 8;
  static constexpr std::size_t block_bytes = block_words * 4;

  /// Does the block hold the whole tail?
  [[nodiscard]] static bool fits(Tail kind, std::uint32_t vlen) noexcept {
    return vlen <= room[static_cast<std::size_t>(kind)];
  }

  /// `block_bytes` have to be there, whatever the tail's size. `kind` is one of those before Tail::integer.
  void add(Tail kind, const std::uint8_t* tail, std::uint32_t vlen) noexcept {
    const Mask& mask = masks[static_cast<std::size_t>(kind)][std::min<std::size_t>(vlen, counts - 1)];
    const Words low = load(tail);
    const Words high = load(tail + sizeof low);
    const Words low_names = low & load(&mask.names[0]);
    const Words high_names = high & load(&mask.names[4]);
    const Words low_types = low & load(&mask.types[0]);
    const Words high_types = high & load(&mask.types[4]);
    names_ = larger(larger(names_, low_names), high_names);
    types_ = larger(larger(types_, low_types), high_types);
    all_bits_ |= low_names | high_names | low_types | high_types;
  }

  [[nodiscard]] Largest largest() const noexcept {
    Largest found;
    std::int32_t all_bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      found.add({.name = static_cast<std::uint32_t>(names_[i]), .type = static_cast<std::uint32_t>(types_[i])});
      all_bits |= all_bits_[i];
    }
    // Negative to larger(), and over any limit.
    if (all_bits < 0) found.name = std::numeric_limits<std::uint32_t>::max();
    return found;
  }

 private:
  // Signed: that is what all processors can compare.
  using Words = std::int32_t __attribute__((vector_size(16)));

  static Words load(const void* from) noexcept {
    Words words;
    std::memcpy(&words, from, sizeof words);
    return words;
  }
  static Words larger(Words a, Words b) noexcept { return a > b ? a : b; }

  struct alignas(16) Mask {
    std::array<std::uint32_t, block_words> names{};
    std::array<std::uint32_t, block_words> types{};
  };

  static constexpr std::size_t tails = static_cast<std::size_t>(Tail::integer);
  static constexpr std::size_t counts = 5;  ///< 0 to 4 elements
  static constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();
  /// By tail: elements that a block has room for.
  static constexpr std::array<std::uint32_t, tails> room = {any, any, 2, 4, 4, 2, 2};
  static const std::array<std::array<Mask, counts>, tails> masks;

  Words names_{};
  Words types_{};
  Words all_bits_{};
};

}  // namespace minbtf::btf
