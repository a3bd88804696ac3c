// gzip, decompressed by zlib. libarchive 3.6 can do it too, but passes over the checksum and the length at the end. The
// only user of zlib.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"

namespace minbtf::archive {

/// `input`, which starts with gzip's magic, and `context` have to live as long. Several members are read as one.
class GzipStream final : public io::ByteStream {
 public:
  GzipStream(io::ByteStream& input, const UnpackContext& context);
  ~GzipStream() override;

  /// Throws Error: damaged, also for anything but zeros after the end; unsupported; what the input throws.
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
