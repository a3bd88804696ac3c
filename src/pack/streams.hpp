// SPDX-License-Identifier: BSD-2-Clause
// Streams of numbers in a section. Numbers of one meaning are stored one after the other, because they then compress
// better.
//
// A section has a fixed number of streams. It starts with the size of each stream in bytes (32 bits, little-endian),
// and the streams follow in their order. Numbers have 7 bits in each byte, the lowest first; bit 7 is set in all bytes
// of a number but the last (LEB128).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::pack {

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t from_zigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

class StreamWriter {
 public:
  explicit StreamWriter(std::size_t streams) : streams_(streams) {}

  void byte(std::size_t stream, std::uint8_t value) { streams_[stream].push_back(value); }
  void number(std::size_t stream, std::uint64_t value);
  void signed_number(std::size_t stream, std::int64_t value) { number(stream, zigzag(value)); }
  void bytes(std::size_t stream, std::span<const std::uint8_t> bytes);
  /// Writes the length and the text.
  void text(std::size_t stream, std::string_view text);

  /// Returns the section. Throws Error (unsupported) if a stream has 4 GiB or more.
  [[nodiscard]] std::vector<std::uint8_t> section() const;

 private:
  std::vector<std::vector<std::uint8_t>> streams_;
};

/// Reads untrusted streams. Every function throws Error (damaged) if the stream ends too early.
class StreamReader {
 public:
  /// `section` must outlive the reader. `file` and `where` name the section in messages.
  StreamReader(std::span<const std::uint8_t> section, std::size_t streams, std::string file, std::string where);

  [[nodiscard]] std::uint8_t byte(std::size_t stream) {
    Stream& from = streams_[stream];
    if (from.at == from.end) damaged("a stream ends too early");
    return *from.at++;
  }
  [[nodiscard]] std::uint64_t number(std::size_t stream) {
    Stream& from = streams_[stream];
    // Nearly all numbers have one to three bytes.
    const std::uint8_t* const at = from.at;
    if (from.end - at < 3) return long_number(stream);
    if (at[0] < 0x80) {
      from.at = at + 1;
      return at[0];
    }
    if (at[1] < 0x80) {
      from.at = at + 2;
      return (at[0] & 0x7fU) | std::uint64_t{at[1]} << 7U;
    }
    if (at[2] >= 0x80) return long_number(stream);
    from.at = at + 3;
    return (at[0] & 0x7fU) | std::uint64_t{at[1] & 0x7fU} << 7U | std::uint64_t{at[2]} << 14U;
  }
  [[nodiscard]] std::uint32_t number32(std::size_t stream) {
    const std::uint64_t value = number(stream);
    if (value > std::numeric_limits<std::uint32_t>::max()) damaged("a number with more than 32 bits");
    return static_cast<std::uint32_t>(value);
  }
  [[nodiscard]] std::int64_t signed_number(std::size_t stream) { return from_zigzag(number(stream)); }
  [[nodiscard]] std::span<const std::uint8_t> bytes(std::size_t stream, std::size_t count);
  [[nodiscard]] std::string_view text(std::size_t stream);
  /// Returns the bytes of the stream that were not read yet.
  [[nodiscard]] std::size_t left(std::size_t stream) const noexcept {
    return static_cast<std::size_t>(streams_[stream].end - streams_[stream].at);
  }
  /// Throws Error (damaged) if a stream was not read to its end.
  void finish() const;

  [[noreturn]] void damaged(const std::string& reason) const;

 private:
  /// Bytes of a stream that were not read yet.
  struct Stream {
    const std::uint8_t* at = nullptr;
    const std::uint8_t* end = nullptr;
  };

  [[nodiscard]] std::uint64_t long_number(std::size_t stream);

  std::string file_;
  std::string where_;
  std::vector<Stream> streams_;
};

}  // namespace minbtf::pack
