// SPDX-License-Identifier: BSD-2-Clause
// What the outcomes read of the selected types (core::Dependency).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/walk.hpp"

namespace minbtf::minimize {

class ReadParts {
 public:
  using What = core::Dependency::What;

  explicit ReadParts(std::span<const core::Dependency> dependencies);

  /// Returns true if this part of type `id`, or of its element `n`, is read.
  [[nodiscard]] bool reads(What what, std::uint32_t id, std::uint32_t n = 0) const {
    return std::ranges::binary_search(read_[static_cast<std::size_t>(what)], key(id, n));
  }
  /// Returns the number of elements that the arrays of a member must have.
  [[nodiscard]] std::uint32_t least_length(std::uint32_t composite, std::uint32_t member) const;
  /// Returns the types that must be in the result themselves, not only as parts of others.
  [[nodiscard]] const std::vector<std::uint32_t>& roots() const noexcept { return roots_; }
  /// Returns the types that stay as they are, with all types that they refer to.
  [[nodiscard]] const std::vector<std::uint32_t>& verbatim() const noexcept { return verbatim_; }

 private:
  static std::uint64_t key(std::uint32_t id, std::uint32_t n) { return std::uint64_t{id} << 32U | n; }

  /// By What: keys, sorted, each once.
  std::array<std::vector<std::uint64_t>, static_cast<std::size_t>(What::verbatim) + 1> read_;
  std::unordered_map<std::uint64_t, std::uint32_t> lengths_;
  std::vector<std::uint32_t> roots_;     ///< sorted, each once
  std::vector<std::uint32_t> verbatim_;  ///< sorted, each once
};

}  // namespace minbtf::minimize
