// SPDX-License-Identifier: BSD-2-Clause
// Compressed data and tars for tests, in memory. The tars are written by hand, so that their headers can be wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::test {

enum class Compression { xz, gzip, zstd, bzip2, lz4 };
inline constexpr std::array all_compressions = {Compression::xz, Compression::gzip, Compression::zstd,
                                                Compression::bzip2, Compression::lz4};

/// Returns the name of the format in archive::Unpacker's messages, such as "xz".
[[nodiscard]] std::string name_of(Compression compression);

/// Returns one complete stream, made by libarchive. A zstd stream has no checksum.
[[nodiscard]] std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, Compression compression);
[[nodiscard]] std::vector<std::uint8_t> compressed(std::string_view text, Compression compression);

[[nodiscard]] std::vector<std::uint8_t> bytes_of(std::string_view text);

/// Fields of one 512-byte header. They are written unchecked.
struct TarHeader {
  std::string name;             ///< at most 100 bytes are written
  char type = '0';              ///< typeflag: '0' file, '1' hard link, '2' symbolic link, '5' directory, ...
  std::uint64_t size = 0;       ///< written in base 256 if it is too large for octal digits
  std::string link;             ///< at most 100 bytes are written
  bool ustar = true;            ///< false: the old (v7) format without a magic
  std::string size_field = {};  ///< if not empty: the 12 bytes of the size field, written unchanged
  std::string prefix = {};      ///< at most 155 bytes are written
};

/// A tar, entry by entry. A name or link target that is too long for the header is written to a pax header.
class TarForge {
 public:
  TarForge& file(std::string_view name, std::span<const std::uint8_t> contents);
  TarForge& file(std::string_view name, std::string_view contents);
  TarForge& symlink(std::string_view name, std::string_view target);
  TarForge& hardlink(std::string_view name, std::string_view target);
  TarForge& directory(std::string_view name);

  /// Adds a header with a correct checksum and nothing after it.
  TarForge& header(const TarHeader& header);
  /// Adds contents, padded to a multiple of 512 bytes.
  TarForge& contents(std::span<const std::uint8_t> contents);
  TarForge& contents(std::string_view contents);
  /// Adds a pax header with one record, such as "path", for the next entry.
  TarForge& pax(std::string_view key, std::string_view value);
  /// Adds bytes unchanged.
  TarForge& raw(std::span<const std::uint8_t> bytes);

  /// Returns the tar with its end marker, two blocks of zeros.
  [[nodiscard]] std::vector<std::uint8_t> bytes() const;
  /// Returns the tar without its end marker.
  [[nodiscard]] const std::vector<std::uint8_t>& unfinished() const noexcept { return bytes_; }

 private:
  TarForge& entry(TarHeader header);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace minbtf::test
