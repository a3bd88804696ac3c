// SPDX-License-Identifier: BSD-2-Clause
// Adds kernels to a pack as a segment of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pack/catalog.hpp"
#include "pack/list_runs.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// A kernel that is added.
struct NewKernel {
  PackedKernel facts;                           ///< without a base
  std::string path;                             ///< of its first source and member
  std::span<const std::uint8_t> verbatim = {};  ///< of a verbatim kernel
  io::Sha256 sha256 = {};                       ///< of the source, if it has no other kernel
};

/// The types of the kernels that are added.
struct NewTypes {
  const TypeTables& tables;
  // The rows are the kernels; a verbatim kernel has no lists.
  ListRuns lists;
  ListRuns extras;
};

/// Returns the file of the pack with another catalog and more kernels. Sections that the pack has are copied as they
/// are. In `catalog`, the members have kernels of the pack by their numbers, and kernel i of `kernels` with the number
/// of kernels of the pack plus i; its kernels are ignored. A kernel that the pack has is not added again. `kernels`
/// have the order in which the sources name them. The result is read again: what was added is compared. Throws Error:
/// damaged; unsupported if the pack has as many segments as it can have; internal if reading gives something else.
[[nodiscard]] std::vector<std::uint8_t> with_segment(const StoredPack& pack, Catalog catalog, NewTypes types,
                                                     std::vector<NewKernel> kernels);

}  // namespace minbtf::pack
