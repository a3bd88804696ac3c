// SPDX-License-Identifier: BSD-2-Clause
// Adds kernels to a pack as a segment of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pack/catalog.hpp"
#include "pack/kernel_types.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// A kernel that is added.
struct NewKernel {
  PackedKernel facts;                           ///< without a base
  std::string path;                             ///< of its first source and member
  const KernelTypes* types = nullptr;           ///< null for a verbatim kernel
  std::span<const std::uint8_t> verbatim = {};  ///< of a verbatim kernel
  io::Sha256 sha256 = {};                       ///< of the source, if it has no other kernel
};

/// Returns the file of the pack with another catalog and more kernels. Sections that the pack has are copied as they
/// are. In `catalog`, the members have kernels of the pack by their numbers, and kernel i of `kernels` with the number
/// of kernels of the pack plus i; its kernels are ignored. A kernel that the pack has is not added again. `kernels`
/// have the order in which the sources name them. The result is read again: what was added is compared. Throws Error:
/// damaged; unsupported if the pack has as many segments as it can have; internal if reading gives something else.
[[nodiscard]] std::vector<std::uint8_t> with_segment(const StoredPack& pack, Catalog catalog, const TypeTables& tables,
                                                     std::vector<NewKernel> kernels);

}  // namespace minbtf::pack
