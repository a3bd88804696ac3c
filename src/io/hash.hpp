// XXH3 of 128 bits: how equal contents are found. It is fast and no protection against forgery, so what is taken for
// equal within a run is compared byte for byte as well. The only user of xxHash.
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
  /// 32 hexadecimal digits, as `xxhsum -H2` prints them.
  [[nodiscard]] std::string hex() const;
  /// The inverse of hex(); nothing for any other text.
  [[nodiscard]] static std::optional<Hash> from_hex(std::string_view text);
};

[[nodiscard]] Hash hash_of(std::span<const std::uint8_t> bytes) noexcept;

/// The hash of bytes that come in pieces. Throws std::bad_alloc.
class Hasher {
 public:
  Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher();

  void add(std::span<const std::uint8_t> bytes) noexcept;
  /// Adds the length too, so that no two lists of texts are one text.
  void add(std::string_view text) noexcept;
  [[nodiscard]] Hash hash() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minbtf::io
