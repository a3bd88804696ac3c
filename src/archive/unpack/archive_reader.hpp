// SPDX-License-Identifier: BSD-2-Clause
// The entries of a tar or bundle, one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "archive/unpack/unpack.hpp"

namespace minbtf::archive {

struct ArchiveEntry {
  std::uint64_t size = 0;        ///< of the contents in bytes, as the header gives it; 0 for a negative size
  std::optional<Member> member;  ///< nothing for a directory or a device
};

/// All functions throw Error: damaged, unsupported, and what the input throws.
class ArchiveReader {
 public:
  virtual ~ArchiveReader() = default;
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// Returns the next entry, or nothing at the end of the input. The input is then read to its end, so that the
  /// checksums of the compressed data around the archive are verified.
  [[nodiscard]] virtual std::optional<ArchiveEntry> next_entry() = 0;

  /// Reads the next block of the entry's contents and its offset. Returns false at the end of the contents; `offset` is
  /// then their size. An offset after the end of the block before it means a hole in a sparse file.
  [[nodiscard]] virtual bool next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset) = 0;

  /// Skips the rest of the entry's contents.
  virtual void skip_contents() = 0;

 protected:
  ArchiveReader() = default;
};

}  // namespace minbtf::archive
