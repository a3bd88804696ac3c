// SPDX-License-Identifier: BSD-2-Clause
// Finds which strings, keys and records of a writer a pack has already.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/record_section.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Of something that the pack does not have.
inline constexpr std::uint32_t no_number = static_cast<std::uint32_t>(-1);

/// The numbers that a pack has for strings, keys and records, by their numbers in the tables of a writer.
struct KnownNumbers {
  // `no_number` if the pack does not have it. Number 0 is 0.
  std::vector<std::uint32_t> names;
  std::vector<std::uint32_t> fields;
  std::vector<std::uint32_t> keys;
  std::vector<std::uint32_t> cuts;
  std::vector<std::uint32_t> nodes;
  // About all records of the pack.
  RecordStart cuts_before;
  RecordStart nodes_before;
};

/// Reads all records of the pack, one section after the other: memory is needed for the numbers of the pack's records,
/// and not for the records. A record is known if the pack has a record with equal words, equal strings and references
/// to known records. Throws Error (damaged).
[[nodiscard]] KnownNumbers known_numbers(const StoredPack& pack, const TypeTables& tables);

}  // namespace minbtf::pack
