// Memory for the bytes of one file after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace minbtf::io {

/// Its room only grows, and is left uninitialised: pages that nobody writes to cost nothing, and those that somebody
/// wrote to need not be asked for again.
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

}  // namespace minbtf::io
