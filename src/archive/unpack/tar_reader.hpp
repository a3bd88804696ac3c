// SPDX-License-Identifier: BSD-2-Clause
// The entries of a tar and their contents, read by libarchive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "archive/unpack/archive_reader.hpp"
#include "archive/unpack/libarchive_reader.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"

namespace minbtf::archive {

/// Reads uncompressed tar from `input`. Several tars one after the other are read as one. `input` and `context` must
/// outlive the reader. All functions throw Error: damaged, unsupported, and what `input` throws.
class TarReader final : public ArchiveReader {
 public:
  TarReader(io::ByteStream& input, const UnpackContext& context);

  /// Throws Error (damaged) if other bytes follow the tar.
  [[nodiscard]] std::optional<ArchiveEntry> next_entry() override;
  [[nodiscard]] bool next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset) override;
  void skip_contents() override;

 private:
  int check(int status);

  io::ByteStream& input_;
  const UnpackContext& context_;
  LibarchiveReader reader_;
};

}  // namespace minbtf::archive
