// SPDX-License-Identifier: BSD-2-Clause
// Takes the BTF of a kernel apart into nodes, cut types and lists.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Limits of the model. BTF that a C compiler made stays far below them.
inline constexpr int max_depth = 100;  ///< references by value in a row, and references in a cut type
inline constexpr std::uint32_t max_positions = 1U << 20U;  ///< positions in the walk of one entry
/// Limit on the references that a reader follows for one kernel, the words that it reads for them, and the entries of
/// lists that it compares. A kernel of 560,000 types that was never deduplicated needs 20 million steps.
inline constexpr std::uint64_t max_reading_steps = std::uint64_t{1} << 27U;

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

/// Where the lists of a kernel have a type.
struct TypePlace {
  std::uint32_t key = no_key;  ///< of the list; with extra_bit for a listed extra; no_key for a type without a list
  std::uint32_t index = 0;     ///< in the list
  std::uint32_t copy = 0;      ///< of a type without a list: number among the types that are equal in everything
};

/// A type with an entry in a list of extras.
struct Extra {
  std::uint32_t id = 0;
  std::uint32_t key = 0;  ///< with extra_bit
  std::uint32_t index = 0;
};

struct KernelTypes {
  KernelLists lists;
  KernelLists extras;  ///< by key of the extras; empty if the kernel has types only
  PackContents contents = PackContents::types_only;
  bool has_groups = false;
  std::vector<TypePlace> places;   ///< by type id
  std::vector<Extra> extra_types;  ///< by ascending id
  /// Upper limit of the references, words and entries that a reader visits to read all types of the kernel.
  std::uint64_t steps = 0;
};

/// Adds the types of `kernel` to `tables`. With PackContents::types_only, extras are left out, and so are the types
/// that only extras refer to. Throws DoesNotFit for a cycle of references by value, a reference from another kind to a
/// FUNC, VAR, DATASEC or DECL_TAG, an unknown kind, or a limit; `tables` may then have records that no list needs.
[[nodiscard]] KernelTypes add_types(const btf::View& kernel, TypeTables& tables, PackContents contents);

}  // namespace minbtf::pack
