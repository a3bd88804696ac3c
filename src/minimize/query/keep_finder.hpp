// SPDX-License-Identifier: BSD-2-Clause
// Finds the types of a kernel that are kept by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "core/candidates.hpp"
#include "core/question.hpp"
#include "minbtf/keep.hpp"

namespace minbtf::minimize {

/// Returns the kind of BTF for `kind`; enum_ for enums of 32 and 64 bits (btf::core_kind()).
[[nodiscard]] btf::Kind core_kind_of(KeepKind kind) noexcept;

/// The keeps of a plan. Immutable; any number of threads may use it.
class KeepFinder {
 public:
  explicit KeepFinder(std::vector<Keep> keeps);
  KeepFinder(const KeepFinder&) = delete;
  KeepFinder& operator=(const KeepFinder&) = delete;
  ~KeepFinder() = default;

  /// Returns the keeps sorted, each once.
  [[nodiscard]] const std::vector<Keep>& keeps() const noexcept { return keeps_; }
  /// Returns for each keep the types that have its kind and its name, by ascending type id. If vmlinux has a type of
  /// this kind and essential name, those of modules do not count.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> find(const btf::View& kernel) const;
  /// Returns the types of modules that do not count (CandidateFinder::shadowed()).
  [[nodiscard]] std::vector<std::uint32_t> shadowed(const btf::View& kernel) const { return finder_.shadowed(kernel); }
  /// Returns the essential names of the keeps, not sorted.
  [[nodiscard]] std::vector<std::string> essential_names() const;
  /// Returns true if a kept part may have a pointer that has to lead to its type.
  [[nodiscard]] bool follows_pointers() const noexcept;

 private:
  std::vector<Keep> keeps_;
  std::vector<core::Root> roots_;     ///< one for each kind and essential name; the names are in keeps_
  std::vector<std::size_t> root_of_;  ///< by keep: index into roots_
  core::CandidateFinder finder_;
};

}  // namespace minbtf::minimize
