// SPDX-License-Identifier: BSD-2-Clause
// Memory for the contents of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

namespace minbtf::io {

/// Memory that holds the bytes of one file after another. The memory only grows and is left uninitialised: an
/// untouched page costs nothing, and a page that was touched once is reused without another page fault.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : room_(std::exchange(other.room_, 0)), bytes_(std::move(other.bytes_)) {}
  Buffer& operator=(Buffer&&) = delete;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() = default;

  [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.get(); }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.get(); }
  /// Bytes at data().
  [[nodiscard]] std::size_t room() const noexcept { return room_; }

  /// Makes room() at least `bytes` and preserves the first `kept` bytes. Throws std::bad_alloc.
  void make_room(std::size_t bytes, std::size_t kept);

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const noexcept { std::free(bytes); }
  };

  std::size_t room_ = 0;
  std::unique_ptr<std::uint8_t[], Free> bytes_;
};

}  // namespace minbtf::io
