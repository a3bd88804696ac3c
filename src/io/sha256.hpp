// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 digests for the manifest, which users compare with the output of their own tools. SHA-256 is much slower than
// XXH3, so this project does not use it to find equal contents. This is the only user of libmd.
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
  /// Returns 64 hexadecimal digits, as `sha256sum` prints them.
  [[nodiscard]] std::string hex() const;
};

[[nodiscard]] Sha256 sha256_of(std::span<const std::uint8_t> bytes);

/// Computes the digest of bytes that are added in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;
  ~Sha256Hasher();

  void add(std::span<const std::uint8_t> bytes) noexcept;
  /// Returns the digest of everything added so far. More may be added afterwards.
  [[nodiscard]] Sha256 digest() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minbtf::io
