// Bytes that are read once, from front to back: a file, memory, or what a decoder makes of another stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/file_descriptor.hpp"

namespace minbtf::io {

/// Memory for the bytes of one file after another. Its room only grows, and is left uninitialised: pages that nobody
/// writes to cost nothing, and those that somebody wrote to need not be asked for again.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() = default;

  [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.get(); }
  [[nodiscard]] std::size_t room() const noexcept { return room_; }

  /// Makes `room()` at least `bytes`. The first `kept` bytes stay what they are. Throws std::bad_alloc.
  void make_room(std::size_t bytes, std::size_t kept);

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const noexcept { std::free(bytes); }
  };

  std::size_t room_ = 0;
  std::unique_ptr<std::uint8_t[], Free> bytes_;
};

class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// The next bytes, at least one of them; none at the end, and ever after. They stay valid until the next call.
  /// Throws Error.
  virtual std::span<const std::uint8_t> next() = 0;
};

/// Hands out `bytes` at once. They have to live as long as the stream.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> next() override { return std::exchange(bytes_, {}); }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Reads `fd`, which has to stay open, from where it stands. `name` stands for it in messages.
class FileStream final : public ByteStream {
 public:
  FileStream(int fd, std::string name);
  std::span<const std::uint8_t> next() override;

 private:
  int fd_;
  std::string name_;
  std::vector<std::uint8_t> buffer_;
};

/// Hands on `source`, which has to live as long, and lets its beginning be looked at before.
class PeekedStream final : public ByteStream {
 public:
  /// Reads until it has `head_bytes` or all there are. Throws what `source` throws.
  PeekedStream(ByteStream& source, std::size_t head_bytes);

  /// The first bytes, as many as were asked for or all there are; until the first next().
  [[nodiscard]] std::span<const std::uint8_t> head() const noexcept { return head_; }
  std::span<const std::uint8_t> next() override;

 private:
  ByteStream& source_;
  std::vector<std::uint8_t> start_;  // empty if the first block had enough: that is not copied
  std::span<const std::uint8_t> head_;
  std::span<const std::uint8_t> rest_;
  bool start_given_ = false;
};

}  // namespace minbtf::io
