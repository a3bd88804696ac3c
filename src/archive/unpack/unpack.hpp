// What compressed data and tar archives hold, one member after the other, in memory.
//
// Compression (xz, gzip, zstd, bzip2, lz4, also one around another) and tar are told by content. Each compression and
// the tar are a reader of their own, one feeding the other, so that the compressed stream is read to its very end: only
// there its checksum is verified, and a tar's end comes before it. gzip is by zlib, because libarchive passes over that
// checksum. What follows the end of anything is zeros, or more of the same (streams and tars one after the other are
// read as one), or an error: it might be data that would be lost.
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

/// Against bombs and nonsense. What goes beyond is Error (unsupported) that names the option.
struct UnpackLimits {
  std::uint64_t kernel_bytes = std::uint64_t{256} << 20U;  ///< decompressed size of one member (--max-kernel-size)
  std::size_t members = 1'000'000;                         ///< entries in one tar (--max-members)
  std::size_t path_bytes = 1024;                           ///< length of a member's path (--max-path)
};

struct Member {
  enum class Type { file, symbolic_link, hard_link };
  Type type = Type::file;
  /// Clean and relative: `./a//b` is `a/b`. Empty for compressed data that is no tar.
  std::string path;
  /// Of links, as the tar has it: relative to the link's directory for a symbolic, to the tar's root for a hard one.
  std::string target;
  std::uint64_t size = 0;  ///< bytes, as the tar's header has it
  /// Why the member must not be used: its name is absolute, has `..`, is empty or too long. `path` is then what the tar
  /// says, as it stands, and the contents are not to be had.
  std::string refusal;
};

class Unpacker {
 public:
  /// Reads from `input`, which has to live as long. `name` stands for it in messages. Reads as far as it takes to know
  /// what it is; throws Error: damaged, unsupported, or what `input` throws.
  Unpacker(io::ByteStream& input, std::string name, const UnpackLimits& limits);
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker();

  [[nodiscard]] bool is_tar() const noexcept;

  /// Goes to the next regular file or link; directories and devices are passed over. Nothing at the end, after the
  /// whole input was read and its checksums were right. Data that is no tar is one member.
  /// Throws Error: damaged (where: the member's path), unsupported, or what the input throws; then there is no next.
  [[nodiscard]] std::optional<Member> next();

  /// The first bytes of the current file, as many as io::file_type_bytes or all there are. Throws as next() does.
  [[nodiscard]] std::span<const std::uint8_t> head();
  /// The whole of the current file; to be called once. Throws as next() does, and unsupported over the limit.
  [[nodiscard]] std::vector<std::uint8_t> read_all();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::archive
