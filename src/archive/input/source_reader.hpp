// From the contents of one source to what becomes of its kernels: raw BTF, ELF, compressed, a tar, and packed files in
// a tar.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/input/source_tree.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "io/hash.hpp"
#include "io/read/buffer.hpp"
#include "io/read/input_file.hpp"
#include "io/sha256.hpp"

namespace minbtf::archive {

/// Packed sources over this are not held in memory, but read twice: for the hash, and to be unpacked.
inline constexpr std::uint64_t max_held_bytes = std::uint64_t{64} << 20U;

struct LoadedSource {
  enum class Kind {
    btf,       ///< `bytes` are raw BTF; of an ELF file its `.BTF` section
    packed,    ///< `bytes` are the file
    streamed,  ///< the same, but still in the file
    module,    ///< a kernel module or its BTF; `bytes` are empty
    other,     ///< no kernel; `bytes` are empty
  };
  Kind kind = Kind::other;
  std::span<const std::uint8_t> bytes{};
  bool hashed = false;  ///< otherwise `hash` says nothing
  io::Hash hash{};
  std::uint64_t size = 0;              ///< of what was hashed, in bytes
  std::optional<io::Sha256> sha256{};  ///< of the file, also of an ELF file
};

struct LoadOptions {
  UnpackLimits limits;
  bool hashes = true;    ///< what is streamed, and sections of ELF files, are hashed always
  bool digests = false;  ///< SHA-256 as well
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

/// Reads all of it. The SHA-256 if `digests` asks for it.
std::optional<io::Sha256> read_to_end(StreamedSource& source, bool digests);

/// A file in a tar that may be a kernel or hold one, with its contents.
struct PackedMember {
  std::string path;
  std::string inner_tar = {};  ///< as KernelPlace::inner_tar
  std::vector<std::uint8_t> bytes;
};

/// Adds what `part` found, in its order.
void append(SourceOutcome& whole, SourceOutcome part);

/// The exception that is being handled, as a problem of this member. To be called in a catch block.
[[nodiscard]] Problem current_exception_as_problem(const std::string& member);

/// What goes wrong becomes a Problem of the outcome; nothing is thrown for a bad kernel. Any number of threads may use
/// one reader.
class SourceReader {
 public:
  /// `path` is the source's, relative to the input and empty if it is the input; `name` stands for it in messages. The
  /// others have to live as long as the reader.
  SourceReader(std::string path, std::string name, const KernelTask& task, const PathSelection& selection,
               const UnpackLimits& limits);

  /// Raw BTF.
  [[nodiscard]] SourceOutcome read_btf(std::span<const std::uint8_t> btf) const;
  /// Compressed data, a tar, or both. If its end cannot be reached, nothing of it counts: what has no checksum before
  /// its end may be wrong from the start.
  [[nodiscard]] SourceOutcome read_packed(io::ByteStream& input) const;

  /// For those who hand the members of a tar to several threads: the next member that read_member() has to look at;
  /// nothing at the end. What needs no look, such as links and other files, goes to `outcome`. Throws Error.
  [[nodiscard]] std::optional<PackedMember> next_member(Unpacker& unpacker, SourceOutcome& outcome) const;
  /// A kernel, or one packed once more.
  [[nodiscard]] SourceOutcome read_member(const PackedMember& member) const;

 private:
  /// Throws Error (wrong_file) for a tar that is named like a kernel and has none.
  void check_promise(const SourceOutcome& outcome) const;
  [[nodiscard]] bool takes(const std::string& member) const;
  /// What the selection is held against.
  [[nodiscard]] std::string selection_path(const std::string& member) const;
  enum class Packing { possible, done };
  void read_contents(const PackedMember& member, SourceOutcome& outcome, Packing packing) const;
  void read_compressed(Unpacker& unpacker, const std::string& member, SourceOutcome& outcome) const;
  void read_inner(const PackedMember& packed, SourceOutcome& outcome) const;
  void read_inner_tar(Unpacker& unpacker, const std::string& packed, SourceOutcome& outcome) const;
  [[nodiscard]] SourceOutcome read_member(const PackedMember& member, Packing packing) const;
  void add_kernel(const PackedMember& member, std::span<const std::uint8_t> btf, SourceOutcome& outcome) const;

  std::string path_;
  std::string name_;
  const KernelTask& task_;
  const PathSelection& selection_;
  const UnpackLimits& limits_;
};

}  // namespace minbtf::archive
