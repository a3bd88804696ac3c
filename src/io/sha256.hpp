// SHA-256: digests that others can compare with those of their own tools. Slower than XXH3 by far; nothing is found by
// it. The only user of libmd.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace minbtf::io {

struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Sha256&) const = default;
  /// 64 hexadecimal digits, as `sha256sum` prints them.
  [[nodiscard]] std::string hex() const;
};

[[nodiscard]] Sha256 sha256_of(std::span<const std::uint8_t> bytes);

/// The digest of bytes that come in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;
  ~Sha256Hasher();

  void add(std::span<const std::uint8_t> bytes) noexcept;
  /// Of all that was added.
  [[nodiscard]] Sha256 digest() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minbtf::io
