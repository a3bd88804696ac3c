// The bytes of a source as it lies there, and what they are.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "archive/input/source_tree.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "io/hash.hpp"
#include "io/input_file.hpp"

namespace minbtf::archive {

/// Packed sources over this are not held in memory, but read twice: for the hash, and to be unpacked.
inline constexpr std::uint64_t max_held_bytes = std::uint64_t{64} << 20U;

struct LoadedSource {
  enum class Kind {
    btf,       ///< `bytes` are raw BTF; of an ELF file its `.BTF` section
    packed,    ///< `bytes` are the file
    streamed,  ///< the same, but still in the file
    other,     ///< no kernel; `bytes` are empty
  };
  Kind kind = Kind::other;
  std::span<const std::uint8_t> bytes;
  bool hashed = false;  ///< otherwise `hash` says nothing
  io::Hash hash;
  std::uint64_t size = 0;  ///< of what was hashed, in bytes
};

struct LoadOptions {
  UnpackLimits limits;
  bool hashes = true;  ///< what is streamed, and sections of ELF files, are hashed always
};

/// `name` stands for the file in messages. The bytes are in `memory`. Throws Error.
[[nodiscard]] LoadedSource load_source(const SourceFile& file, const std::string& name, const LoadOptions& options,
                                       io::Buffer& memory);

/// A file that is read while somebody else wants to know how far it is, and whether it is the one that was hashed.
class StreamedSource final : public io::ByteStream {
 public:
  /// Reads a regular file from its start; it has to live as long. Throws Error (io).
  explicit StreamedSource(io::InputFile& file);

  std::span<const std::uint8_t> next() override;
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// Of what was read so far.
  [[nodiscard]] io::Hash hash() const { return hasher_.hash(); }

 private:
  io::FileStream stream_;
  io::Hasher hasher_;
  std::uint64_t position_ = 0;
};

}  // namespace minbtf::archive
