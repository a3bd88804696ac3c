// SPDX-License-Identifier: BSD-2-Clause
// XXH3 with 128 bits, used to find equal contents. The hash is fast but not cryptographic. Contents of one run are
// therefore also compared byte by byte. This is the only user of xxHash.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace minbtf::io {

struct Hash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const Hash&) const = default;
  /// Returns 32 hexadecimal digits, as `xxhsum -H2` prints them.
  [[nodiscard]] std::string hex() const;
  /// Inverse of hex(). Returns nothing for any other text.
  [[nodiscard]] static std::optional<Hash> from_hex(std::string_view text);
};

[[nodiscard]] Hash hash_of(std::span<const std::uint8_t> bytes) noexcept;

/// Computes the hash of bytes that are added in pieces. The constructor throws std::bad_alloc.
class Hasher {
 public:
  Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher();

  void add(std::span<const std::uint8_t> bytes) noexcept;
  /// Adds the length and then the text, so that {"ab", "c"} and {"a", "bc"} have different hashes.
  void add(std::string_view text) noexcept;
  /// Returns the hash of everything added so far. More may be added afterwards.
  [[nodiscard]] Hash hash() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minbtf::io
