// SPDX-License-Identifier: BSD-2-Clause
// Candidates: the types of a kernel that have the essential name and the kind of a question's root (libbpf.c,
// bpf_core_add_cands()). A type of a module is a candidate only if vmlinux has none (bpf_core_find_cands()).
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

/// The first four bytes of a name, in ascending order from the lowest byte. A shorter name is filled up with zeros.
using NameBeginning = std::uint32_t;

[[nodiscard]] NameBeginning beginning_of(std::string_view name) noexcept;

/// Returns the beginning of the string at `offset`, which must lie in the section.
[[nodiscard]] inline NameBeginning beginning_at(const btf::ByteView& strings, std::uint32_t offset) noexcept {
  if (strings.size() - offset < sizeof(NameBeginning)) return beginning_of(strings.string(offset));
  auto bytes = btf::load_u32<btf::host_order == ByteOrder::big>(strings.data() + offset);
  // Clears the lowest zero byte and all bytes above it.
  const std::uint32_t zeros = (bytes - 0x01010101U) & ~bytes & 0x80808080U;
  if (zeros != 0) bytes &= (zeros & (0U - zeros)) - 1;
  return bytes;
}

/// A filter for names. It reads only the first bytes of a name, so nearly all names of a kernel are rejected with one
/// access to the string section. may_hold() returns true for every name that was added, and for some others.
///
/// Example: add("file") sets the bits of "file" and of "file" (the first four bytes of "file___"). "filename" passes,
/// and look_at() then compares the full name. "inode" is rejected, except if its beginning shares a slot with "file".
class NameFilter {
 public:
  /// Adds `name` and all its flavors.
  void add(std::string_view name);
  [[nodiscard]] bool may_hold(NameBeginning beginning) const noexcept { return bits_[slot(beginning)]; }

 private:
  static constexpr unsigned slot_bits = 13;

  static std::size_t slot(NameBeginning beginning) noexcept { return (beginning * 0x9e3779b1U) >> (32U - slot_bits); }

  std::bitset<std::size_t{1} << slot_bits> bits_;
};

/// Finds the candidates of many roots in one pass over a kernel's named types. Immutable once built; threads may share
/// it. The roots must outlive it.
class CandidateFinder {
 public:
  explicit CandidateFinder(std::span<const Root* const> roots);

  /// Returns for each root, in the given order, its candidates by ascending type id.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> find(const btf::View& target) const;
  /// Returns the types of modules that would be candidates if vmlinux had none: vmlinux shadows them. Sorted, each
  /// once.
  [[nodiscard]] std::vector<std::uint32_t> shadowed(const btf::View& target) const;

 private:
  struct Wanted {
    NameBeginning beginning = 0;  ///< of the name itself, or of the name with a flavor
    std::string_view name;        ///< essential name
    Kind kind = Kind::void_;
    std::size_t root = 0;
  };
  using Found = std::vector<std::vector<std::uint32_t>>;

  /// Returns the types that belong to each root, those of vmlinux and those of modules.
  [[nodiscard]] Found find_all(const btf::View& target) const;
  void look_at(const btf::View& target, std::uint32_t id, std::uint32_t name_off, Found& found) const;

  std::size_t root_count_;
  std::vector<Wanted> wanted_;  ///< by beginning and name
  NameFilter filter_;
  /// A root has a kind that is not in btf::is_sought(), so every type must be visited.
  bool seeks_others_ = false;
};

}  // namespace minbtf::core
