// SPDX-License-Identifier: BSD-2-Clause
#include "io/sha256.hpp"

#include <sha2.h>
#include <sys/types.h>

#include <string_view>

namespace minbtf::io {

std::string Sha256::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xfU];
  }
  return text;
}

Sha256 sha256_of(std::span<const std::uint8_t> bytes) {
  Sha256Hasher hasher;
  hasher.add(bytes);
  return hasher.digest();
}

struct Sha256Hasher::State {
  SHA2_CTX context;
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) { SHA256Init(&state_->context); }
Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::add(std::span<const std::uint8_t> bytes) noexcept {
  SHA256Update(&state_->context, bytes.data(), bytes.size());
}

Sha256 Sha256Hasher::digest() const noexcept {
  SHA2_CTX context = state_->context;  // a copy: SHA256Final() changes the context, and more may be added later
  Sha256 digest;
  SHA256Final(digest.bytes.data(), &context);
  return digest;
}

}  // namespace minbtf::io
