// The entries of a tar and their contents, read by libarchive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "archive/unpack/libarchive_reader.hpp"
#include "archive/unpack/unpack.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"

namespace minbtf::archive {

struct TarEntry {
  std::uint64_t size = 0;        ///< of the contents in bytes, as the header gives it; 0 for a negative size
  std::optional<Member> member;  ///< nothing for a directory or a device
};

/// Reads uncompressed tar from `input`. Several tars one after the other are read as one. `input` and `context` must
/// outlive the reader. All functions throw Error: damaged, unsupported, and what `input` throws.
class TarReader {
 public:
  TarReader(io::ByteStream& input, const UnpackContext& context);

  /// Returns the next entry, or nothing at the end of the input. `input` is then read to its end, so that the checksums
  /// of the compressed data around the tar are verified. Throws Error (damaged) if other bytes follow the tar.
  [[nodiscard]] std::optional<TarEntry> next_entry();

  /// Reads the next block of the entry's contents and its offset. Returns false at the end of the contents; `offset` is
  /// then their size. An offset after the end of the block before it means a hole in a sparse file.
  [[nodiscard]] bool next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset);

  /// Skips the rest of the entry's contents.
  void skip_contents();

 private:
  int check(int status);

  io::ByteStream& input_;
  const UnpackContext& context_;
  LibarchiveReader reader_;
};

}  // namespace minbtf::archive
