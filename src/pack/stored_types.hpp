// SPDX-License-Identifier: BSD-2-Clause
// Adds the types of a pack to the tables of a writer, without making BTF of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pack/kernel_types.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Adds all records of an untrusted pack, and the lists of these kernels. Returns the types of each kernel, without the
/// hash of the graph. They are those that add_types() gives for the kernel's BTF. Throws Error (damaged).
[[nodiscard]] std::vector<KernelTypes> add_stored_types(const StoredPack& pack, std::span<const std::uint32_t> kernels,
                                                        TypeTables& tables, PackContents contents);

}  // namespace minbtf::pack
