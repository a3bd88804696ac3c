// SPDX-License-Identifier: BSD-2-Clause
// Reads compressed data, tar archives and bundles, one member after the other, in memory.
//
// Compression (xz, gzip, zstd, bzip2, lz4, also nested), tar and bundles are detected by content. Each layer of
// compression and the archive have a reader of their own; each reader feeds the next one. Every compressed stream is
// therefore read to its end, where its checksum is verified. The end of a tar comes before the end of the stream around
// the tar.
//
//     file -> GzipStream (zlib) or FilterStream (libarchive) -> ... -> TarReader (libarchive) -> Unpacker
//                                                                       or BundleReader
//
// Zeros after the end of a stream or tar are ignored. Several streams, or several tars, one after the other are read as
// one. Other bytes after the end are an error: they may be data that would be lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"

namespace minbtf::archive {

/// Limits against decompression bombs and damaged input. Input over a limit is an Error (unsupported) that names the
/// option.
struct UnpackLimits {
  std::uint64_t kernel_bytes = std::uint64_t{256} << 20U;  ///< decompressed size of one member (--max-kernel-size)
  std::size_t members = 1'000'000;                         ///< entries in one tar (--max-members)
  std::size_t path_bytes = 1024;                           ///< length of a member's path (--max-path)
  const char* size_option = "--max-kernel-size";           ///< the option that sets kernel_bytes
};

struct Member {
  enum class Type { file, symbolic_link, hard_link };
  Type type = Type::file;
  /// Clean and relative: `./a//b` is `a/b`. Empty if the input is no tar.
  std::string path;
  /// Target of a link, as in the tar: relative to the link's directory (symbolic link) or to the tar's root (hard
  /// link).
  std::string target;
  std::uint64_t size = 0;  ///< in bytes, from the tar's header; 0 if the input is no tar
  /// Why the member must not be used; empty for a good member. Reasons: the path is absolute, has `..` or a zero byte,
  /// is empty or too long; a link's target is missing or too long. `path` is then unchanged, as in the tar. The
  /// contents cannot be read.
  std::string refusal;
};

/// How a bundle is read: its kernels as members (BundleReader), or as one file that is no archive.
enum class BundleAs : std::uint8_t { archive, file };

class Unpacker {
 public:
  /// Reads the start of `input` to detect compression and tar. `input` must outlive this object. `name` is its name in
  /// messages. Throws Error: damaged, unsupported, and what `input` throws.
  Unpacker(io::ByteStream& input, std::string name, const UnpackLimits& limits, BundleAs bundles = BundleAs::archive);
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker();

  /// Returns true for a tar, and for a bundle with BundleAs::archive.
  [[nodiscard]] bool is_tar() const noexcept;

  /// Moves to the next regular file or link; directories and devices are skipped. Data that is no tar is one member.
  /// Returns nothing at the end, after the input was read to its end and all checksums were verified.
  /// Throws Error: damaged (where: the member's path), unsupported, and what the input throws. After an exception every
  /// later call returns nothing.
  [[nodiscard]] std::optional<Member> next();

  /// Returns the first io::file_type_bytes bytes of the current file; fewer if the file is shorter. Empty for a link,
  /// for a refused member, and after read_all(). Throws as next() does.
  [[nodiscard]] std::span<const std::uint8_t> head();
  /// Returns the contents of the current file. A second call for the same file returns nothing. Throws as next() does,
  /// and Error (unsupported) for a file over UnpackLimits::kernel_bytes; a tar can then be read on with next().
  [[nodiscard]] std::vector<std::uint8_t> read_all();

  /// Returns the number of bytes unpacked so far: contents of members, also of those that were skipped or led to an
  /// error, and 512 bytes for each entry of a tar.
  [[nodiscard]] std::uint64_t unpacked_bytes() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::archive
