// SPDX-License-Identifier: BSD-2-Clause
// xz, zstd, bzip2 and lz4, decompressed by libarchive. gzip_stream.hpp reads gzip.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "archive/unpack/libarchive_reader.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"
#include "io/read/file_type.hpp"

namespace minbtf::archive {

/// The decompressed bytes of `input`. libarchive verifies the checksums of the compressed data where it has any.
/// Several streams one after the other are read as one. `input` and `context` must outlive this stream.
class FilterStream final : public io::ByteStream {
 public:
  /// `input` starts with the magic of `compression`. Throws as next() does.
  FilterStream(io::ByteStream& input, io::Packing compression, const UnpackContext& context);

  /// Throws Error: damaged (also if bytes other than zeros follow the end), unsupported, and what `input` throws.
  std::span<const std::uint8_t> next() override;

 private:
  int check(int status);
  void end();
  [[noreturn]] void fail(std::string_view reason) const;

  io::ByteStream& input_;
  io::Packing compression_;
  const UnpackContext& context_;
  LibarchiveReader reader_;
  bool ended_ = false;
};

}  // namespace minbtf::archive
