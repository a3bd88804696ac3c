// SPDX-License-Identifier: BSD-2-Clause
// Writes a pack in canonical form.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pack/catalog.hpp"
#include "pack/kernel_types.hpp"
#include "pack/numbering.hpp"

namespace minbtf::pack {

/// Returns the file with these kernels. The rows of `numbers` are the kernels of the catalog. `verbatim` has the BTF of
/// each verbatim kernel, by number of the kernel, and nothing for the others. The file is read again before it is
/// returned. Throws Error (internal) if that gives something else.
[[nodiscard]] std::vector<std::uint8_t> canonical_pack(const Catalog& catalog, const Numbered& numbers,
                                                       std::span<const std::span<const std::uint8_t>> verbatim,
                                                       PackContents contents);

}  // namespace minbtf::pack
