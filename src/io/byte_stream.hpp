// SPDX-License-Identifier: BSD-2-Clause
// Streams of bytes that are read once, from front to back: a file, memory, or the output of a decoder that reads
// another stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace minbtf::io {

/// Interface of a stream that is read block by block.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Returns the next block, at least one byte. An empty block means the end; every later call returns an empty block
  /// too. The bytes stay valid until the next call. Throws Error.
  virtual std::span<const std::uint8_t> next() = 0;
};

/// Returns `bytes` as one block. The bytes must outlive the stream.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> next() override { return std::exchange(bytes_, {}); }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Reads `fd` from its current offset. `fd` must stay open. `name` is the file's name in messages.
class FileStream final : public ByteStream {
 public:
  FileStream(int fd, std::string name);
  std::span<const std::uint8_t> next() override;

 private:
  int fd_;
  std::string name_;
  std::vector<std::uint8_t> buffer_;
};

/// Returns the bytes of `source` unchanged, and gives access to the first ones before they are read. `source` must
/// outlive this stream.
class PeekedStream final : public ByteStream {
 public:
  /// Reads `head_bytes` bytes, fewer only if `source` ends before. Throws what `source` throws.
  PeekedStream(ByteStream& source, std::size_t head_bytes);

  /// Returns the first `head_bytes` bytes, fewer only if `source` is shorter. Valid until the first call of next().
  [[nodiscard]] std::span<const std::uint8_t> head() const noexcept { return head_; }
  std::span<const std::uint8_t> next() override;

 private:
  ByteStream& source_;
  std::vector<std::uint8_t> start_;  // copy of the first blocks; empty if the first block alone is long enough
  std::span<const std::uint8_t> head_;
  std::span<const std::uint8_t> rest_;
  bool start_given_ = false;
};

}  // namespace minbtf::io
