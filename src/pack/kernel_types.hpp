// SPDX-License-Identifier: BSD-2-Clause
// Takes the BTF of a kernel apart into nodes, cut types and lists.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "btf/view.hpp"
#include "io/hash.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Limits of the model. BTF that a C compiler made stays far below them.
inline constexpr int max_depth = 100;  ///< references by value in a row, and references in a cut type
inline constexpr std::uint32_t max_positions = 1U << 20U;  ///< positions in the walk of one entry

/// A kernel whose BTF does not fit the model. what() is the reason.
class DoesNotFit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a pack has of a kernel.
enum class PackContents : std::uint8_t {
  everything,
  types_only,  ///< no extras
};

struct KernelTypes {
  KernelLists lists;
  KernelLists extras;  ///< by key of the extras; empty if the kernel has types only
  PackContents contents = PackContents::types_only;
  bool has_groups = false;
  /// Hash of the graph: the records of all lists, and the type that each reference leads to. Two kernels whose types
  /// are in the same tables have equal hashes if and only if they have the same graph.
  io::Hash graph;
};

/// Adds the types of `kernel` to `tables`. With PackContents::types_only, extras are left out, and so are the types
/// that only extras refer to. Throws DoesNotFit for a cycle of references by value, a reference from another kind to a
/// FUNC, VAR, DATASEC or DECL_TAG, an unknown kind, or a limit; `tables` may then have records that no list needs.
[[nodiscard]] KernelTypes add_types(const btf::View& kernel, TypeTables& tables, PackContents contents);

}  // namespace minbtf::pack
