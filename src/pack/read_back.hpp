// SPDX-License-Identifier: BSD-2-Clause
// Checks that a reader finds in the tables of a writer the types of the kernel that was added.
#pragma once

#include "btf/view.hpp"
#include "pack/kernel_types.hpp"

namespace minbtf::pack {

/// Reads the lists of a kernel as docs/pack-format.md describes it, and compares each type with the type of the kernel
/// that has this place: words and strings, and where each reference leads. Returns true if the lists have each type
/// once, types without a list included; a type that only extras need may be missing if the kernel has types only. The
/// kernel must also have the same groups again if it is made of the pack. `types` must be those of add_types().
[[nodiscard]] bool is_read_back(const btf::View& kernel, const TypeTables& tables, const KernelTypes& types);

}  // namespace minbtf::pack
