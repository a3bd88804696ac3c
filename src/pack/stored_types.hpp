// SPDX-License-Identifier: BSD-2-Clause
// Adds the types of a pack to the tables of a writer, without making BTF of them.
#pragma once

#include <cstdint>
#include <span>

#include "pack/kernel_types.hpp"
#include "pack/list_runs.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Adds all records of an untrusted pack to `tables`, and a row for each of these kernels to `lists` and `extras`,
/// which have equally many rows. Returns the number of the first row. `kernels` ascend, and are not verbatim. The rows
/// are those that add_types() gives for the kernel's BTF. Throws Error (damaged); the arguments must then not be used.
[[nodiscard]] std::uint32_t add_stored_types(const StoredPack& pack, std::span<const std::uint32_t> kernels,
                                             PackContents contents, TypeTables& tables, ListRuns& lists,
                                             ListRuns& extras);

}  // namespace minbtf::pack
