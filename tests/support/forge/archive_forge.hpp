// Compressed data and tars for tests, in memory. The tars are written by hand, so that they can lie.
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

/// As archive::Unpacker's messages call it: "xz".
[[nodiscard]] std::string name_of(Compression compression);

/// One complete stream, made by libarchive. That of zstd has no checksum.
[[nodiscard]] std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, Compression compression);
[[nodiscard]] std::vector<std::uint8_t> compressed(std::string_view text, Compression compression);

[[nodiscard]] std::vector<std::uint8_t> bytes_of(std::string_view text);

/// One 512-byte header as it is to stand in the tar, true or not.
struct TarHeader {
  std::string name;             ///< at most 100 bytes are written
  char type = '0';              ///< typeflag: '0' file, '1' hard link, '2' symbolic link, '5' directory, ...
  std::uint64_t size = 0;       ///< base-256 if octal has no room for it
  std::string link;             ///< at most 100 bytes are written
  bool ustar = true;            ///< false: the old (v7) format without a magic
  std::string size_field = {};  ///< if not empty, the 12 bytes of the size as they are
};

/// A tar, entry by entry. Names and link targets that are too long for the header get a pax one.
class TarForge {
 public:
  TarForge& file(std::string_view name, std::span<const std::uint8_t> contents);
  TarForge& file(std::string_view name, std::string_view contents);
  TarForge& symlink(std::string_view name, std::string_view target);
  TarForge& hardlink(std::string_view name, std::string_view target);
  TarForge& directory(std::string_view name);

  /// A header with a right checksum and nothing after it.
  TarForge& header(const TarHeader& header);
  /// Contents, filled up to 512 bytes.
  TarForge& contents(std::span<const std::uint8_t> contents);
  TarForge& contents(std::string_view contents);
  /// A pax header with one record for the next entry, such as "path".
  TarForge& pax(std::string_view key, std::string_view value);
  /// Bytes as they are.
  TarForge& raw(std::span<const std::uint8_t> bytes);

  /// With the end marker, two blocks of zeros.
  [[nodiscard]] std::vector<std::uint8_t> bytes() const;
  /// Without it.
  [[nodiscard]] const std::vector<std::uint8_t>& unfinished() const noexcept { return bytes_; }

 private:
  TarForge& entry(TarHeader header);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace minbtf::test
