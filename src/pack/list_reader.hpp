// SPDX-License-Identifier: BSD-2-Clause
// Reads the lists of some kernels of a pack, key by key.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pack/stored_pack.hpp"

namespace minbtf::pack {

/// Keeps one section of lists of each segment in memory. Keys are read in ascending order, so that each section is
/// decoded once.
class ListReader {
 public:
  /// The pack must outlive the object.
  explicit ListReader(const StoredPack& pack) : pack_(pack), blocks_(pack.segments().size()) {}

  /// Returns the list of a kernel, whose key has this number in the file. The notes are valid until the next call with
  /// another key. Throws Error (damaged).
  [[nodiscard]] List list(std::uint32_t kernel, std::uint32_t key);
  /// Returns the section of a segment that has the lists of a key below Segment::key_end. Valid until the next call for
  /// the segment.
  [[nodiscard]] const ListBlock& block_of(const Segment& segment, std::uint32_t key);

 private:
  struct Current {
    std::size_t section = 0;  ///< index in Segment::lists
    std::optional<ListBlock> block{};
  };

  const StoredPack& pack_;
  std::vector<Current> blocks_;  ///< by segment
};

}  // namespace minbtf::pack
