// SPDX-License-Identifier: BSD-2-Clause
// The types of one BTF that are kept by name, and where paths of members lead to; for the comparison of two BTFs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/keep.hpp"

namespace minbtf::minimize {

/// Limit for typedefs, qualifiers and pointers in a row.
inline constexpr int row_limit = 256;

/// A limit on all steps of one comparison of two BTFs: types, members and enumerators that are compared. Real kernels
/// take some million, also those whose BTF was not deduplicated.
class Steps {
 public:
  explicit Steps(std::string file) : file_(std::move(file)) {}

  /// Throws Error (unsupported) if the limit is reached.
  void add(std::uint64_t steps);

 private:
  static constexpr std::uint64_t most = std::uint64_t{1} << 28U;

  std::string file_;
  std::uint64_t steps_ = 0;
};

/// The named types of a BTF. Types of modules do not count for a keep if vmlinux has a type of its kind and essential
/// name. The keeps, the BTF and the steps must outlive it.
class NamedTypes {
 public:
  NamedTypes(std::span<const Keep> keeps, const btf::View& btf, Steps& steps);

  [[nodiscard]] const btf::View& btf() const noexcept { return btf_; }
  [[nodiscard]] const std::vector<std::uint32_t>& ids(std::size_t keep) const { return ids_[keep]; }
  /// Returns true if a keep names the type.
  [[nodiscard]] bool is_named(std::uint32_t id) const { return named_.contains(id); }
  [[nodiscard]] std::string name(std::uint32_t name_off) const;
  /// Returns "struct sock", or "struct (no name)".
  [[nodiscard]] std::string words(const btf::Type& type) const;

  /// Finds all places from which `path` leads to something, beginning with the types of the keep. Returns true if there
  /// is one. Required before ways().
  bool follow(std::size_t keep, std::span<const std::string> path);

  /// Returns the indices of the members or enumerators of a type through which `path` goes on from its part `part` to
  /// something. The type is no typedef, qualifier or array.
  [[nodiscard]] std::vector<std::uint32_t> ways(std::uint32_t id, std::span<const std::string> path,
                                                std::size_t part) const;

 private:
  [[nodiscard]] bool is_name(std::uint32_t name_off, const std::string& name) const;
  /// Returns the type behind typedefs, qualifiers and arrays; `void` for a loop of them.
  [[nodiscard]] std::uint32_t behind_names(std::uint32_t id) const;

  /// A type, and the part of the path that goes on from it.
  using Place = std::pair<std::uint32_t, std::size_t>;

  const btf::View& btf_;
  Steps& steps_;
  std::vector<std::vector<std::uint32_t>> ids_;  ///< by keep
  std::unordered_set<std::uint32_t> named_;      ///< all types in ids_
  std::set<Place> leading_;                      ///< places from which the path of follow() leads to something
};

}  // namespace minbtf::minimize
