// SPDX-License-Identifier: BSD-2-Clause
// Numbers strings, keys, records and lists anew, so that the numbers do not depend on the order in which kernels were
// added.
#pragma once

#include <span>
#include <vector>

#include "pack/kernel_types.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Tables in canonical order.
struct Numbered {
  TypeTables tables;
  std::vector<KernelLists> kernels;  ///< as given, with the new numbers
  std::vector<KernelLists> extras;   ///< the same for the lists of extras
  // Strings of extra_cuts and extra_keys of `tables`, numbered on their own. In other records the numbers are those of
  // names and fields of `tables`.
  StringTable extra_names;
  StringTable extra_fields;
};

/// Returns the tables that `kernels` need, in canonical order. The order depends on the kernels only:
///  1. Keys are sorted by name, bytewise, and by kind. Their names are the first names, in that order.
///  2. For each key and each kernel in the given order, the nodes of the kernel's list are added in the order of the
///     list, each behind the nodes and cut types that it refers to. The versions of a type are then neighbours, and
///     most references have short codes.
///  3. All other names, and the names of fields, have the order in which these nodes need them.
///  4. Then the same for extras, with tables of their own: keys are sorted by TypeTables::order_of().
[[nodiscard]] Numbered numbered(const TypeTables& tables, std::span<const KernelTypes* const> kernels);

}  // namespace minbtf::pack
