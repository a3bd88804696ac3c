// The types of a kernel that a question could be about: those of its root's essential name and kind
// (libbpf.c, bpf_core_add_cands()).
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "btf/bytes.hpp"
#include "core/question.hpp"

namespace minbtf::core {

/// The first four bytes of a name, zeros behind a shorter one.
using NameBeginning = std::uint32_t;

[[nodiscard]] NameBeginning beginning_of(std::string_view name) noexcept;

/// The same of the string at `offset`, which the section has.
[[nodiscard]] inline NameBeginning beginning_at(const btf::ByteView& strings, std::uint32_t offset) noexcept {
  if (strings.size() - offset < sizeof(NameBeginning)) return beginning_of(strings.string(offset));
  auto bytes = btf::load_u32<btf::host_order == ByteOrder::big>(strings.data() + offset);
  // The lowest zero byte, and all that is above it, do not count.
  const std::uint32_t zeros = (bytes - 0x01010101U) & ~bytes & 0x80808080U;
  if (zeros != 0) bytes &= (zeros & (0U - zeros)) - 1;
  return bytes;
}

/// Can this name be one of a few? The answer is in its first bytes, so that nearly all names of a kernel are passed
/// over with one look at the string section. May say yes to any name, and never no to one that was added.
class NameFilter {
 public:
  /// `name` and all its flavors.
  void add(std::string_view name);
  [[nodiscard]] bool may_hold(NameBeginning beginning) const noexcept { return bits_[slot(beginning)]; }

 private:
  static constexpr unsigned slot_bits = 13;

  static std::size_t slot(NameBeginning beginning) noexcept { return (beginning * 0x9e3779b1U) >> (32U - slot_bits); }

  std::bitset<std::size_t{1} << slot_bits> bits_;
};

/// Finds the candidates of many roots in one pass over a kernel's named types. Immutable once built; may be shared by
/// threads. The roots have to outlive it.
class CandidateFinder {
 public:
  explicit CandidateFinder(std::span<const Root* const> roots);

  /// For each root, in the order given, its candidates by ascending type id.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> find(const btf::View& target) const;

 private:
  struct Wanted {
    NameBeginning beginning = 0;  ///< of the name as it is, or with a flavor
    std::string_view name;        ///< essential
    Kind kind = Kind::void_;
    std::size_t root = 0;
  };
  using Found = std::vector<std::vector<std::uint32_t>>;

  void look_at(const btf::View& target, std::uint32_t id, std::uint32_t name_off, Found& found) const;

  std::size_t root_count_;
  std::vector<Wanted> wanted_;  ///< by beginning and name
  NameFilter filter_;
  /// Some root is of a kind that btf::is_sought() does not have: then all types have to be looked at.
  bool seeks_others_ = false;
};

}  // namespace minbtf::core
