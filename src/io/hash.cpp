// SPDX-License-Identifier: BSD-2-Clause
#include "io/hash.hpp"

#include <xxhash.h>

#include <charconv>
#include <cstdio>
#include <new>

namespace minbtf::io {

namespace {

constexpr std::size_t digits_per_half = 16;

Hash hash_of(const XXH128_hash_t& value) { return {.high = value.high64, .low = value.low64}; }

std::optional<std::uint64_t> half_from_hex(std::string_view text) {
  // from_chars() also accepts capital letters, which hex() never writes.
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

}  // namespace

std::string Hash::hex() const {
  char text[2 * digits_per_half + 1];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

std::optional<Hash> Hash::from_hex(std::string_view text) {
  if (text.size() != 2 * digits_per_half) return std::nullopt;
  const auto high = half_from_hex(text.substr(0, digits_per_half));
  const auto low = half_from_hex(text.substr(digits_per_half));
  if (!high || !low) return std::nullopt;
  return Hash{.high = *high, .low = *low};
}

Hash hash_of(std::span<const std::uint8_t> bytes) noexcept { return hash_of(XXH3_128bits(bytes.data(), bytes.size())); }

struct Hasher::State {
  XXH3_state_t* state;
};

Hasher::Hasher() : state_(std::make_unique<State>(State{XXH3_createState()})) {
  if (state_->state == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_->state);
}
Hasher::~Hasher() { XXH3_freeState(state_->state); }

void Hasher::add(std::span<const std::uint8_t> bytes) noexcept {
  XXH3_128bits_update(state_->state, bytes.data(), bytes.size());
}

void Hasher::add(std::string_view text) noexcept {
  const std::uint64_t size = text.size();
  XXH3_128bits_update(state_->state, &size, sizeof size);
  XXH3_128bits_update(state_->state, text.data(), text.size());
}

Hash Hasher::hash() const noexcept { return hash_of(XXH3_128bits_digest(state_->state)); }

}  // namespace minbtf::io
