// SPDX-License-Identifier: BSD-2-Clause
// gzip, decompressed by zlib. libarchive 3.6 also reads gzip, but does not verify the checksum and the length at the
// end. Only this file uses zlib.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"

namespace minbtf::archive {

/// The decompressed bytes of `input`, which starts with the magic of gzip. Several gzip members one after the other are
/// read as one. `input` and `context` must outlive this stream.
class GzipStream final : public io::ByteStream {
 public:
  GzipStream(io::ByteStream& input, const UnpackContext& context);
  ~GzipStream() override;

  /// Throws Error: damaged (also if bytes other than zeros follow the end), unsupported, and what `input` throws.
  std::span<const std::uint8_t> next() override;

 private:
  struct Inflater;
  [[nodiscard]] std::span<const std::uint8_t> inflate_block();

  io::ByteStream& input_;
  const UnpackContext& context_;
  std::unique_ptr<Inflater> inflater_;
  std::span<const std::uint8_t> block_;
  bool in_member_ = true;
  bool ended_ = false;
};

}  // namespace minbtf::archive
