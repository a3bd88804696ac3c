// SPDX-License-Identifier: BSD-2-Clause
// Reads one source and runs the task for each of its kernels. A source is raw BTF, an ELF file, compressed data or a
// tar. Members of a tar may be compressed or tars themselves.
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

/// Compressed sources and tars over this size are not held in memory. They are read twice: for the hash, and for their
/// contents.
inline constexpr std::uint64_t max_held_bytes = std::uint64_t{64} << 20U;

struct LoadedSource {
  enum class Kind {
    btf,       ///< a kernel; `bytes` are the raw BTF or, for an ELF file, its `.BTF` section
    packed,    ///< compressed data or a tar; `bytes` are the file
    streamed,  ///< compressed data or a tar over max_held_bytes; `bytes` are empty
    module,    ///< a kernel module or its BTF; `bytes` are empty
    pack,      ///< a pack, which is read only as INPUT; `bytes` are empty
    other,     ///< any other file; `bytes` are empty
  };
  Kind kind = Kind::other;
  std::span<const std::uint8_t> bytes{};
  bool is_elf = false;
  bool hashed = false;                 ///< `hash` is set
  io::Hash hash{};                     ///< hash of `bytes`; for a streamed source, hash of the file
  std::uint64_t size = 0;              ///< number of bytes that `hash` is computed from
  std::optional<io::Sha256> sha256{};  ///< SHA-256 of the file, also for an ELF file
};

struct LoadOptions {
  UnpackLimits limits;
  bool hashes = true;    ///< compute LoadedSource::hash; always computed for streamed sources and ELF files
  bool digests = false;  ///< compute LoadedSource::sha256
};

/// Reads a source and detects its kind. `name` is the file's name in messages. The bytes are in `memory`. Throws Error:
/// io if the file cannot be read; wrong_file if the name of the file promises a kernel's BTF and the contents are not
/// accepted (contents_of(), btf_in_tree(), is_ignored_module()); damaged for a bad ELF file; unsupported over a limit.
[[nodiscard]] LoadedSource load_source(const SourceFile& file, const std::string& name, const LoadOptions& options,
                                       io::Buffer& memory);

/// A file as a stream that reports its position, for progress, and the hash of all bytes read so far. The hash shows
/// whether the file was changed between two reads.
class StreamedSource final : public io::ByteStream {
 public:
  /// Reads a regular file from its start. `file` must outlive the stream. Throws Error (io).
  explicit StreamedSource(io::InputFile& file);

  std::span<const std::uint8_t> next() override;
  /// Returns the number of bytes read so far.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// Returns the hash of the bytes read so far.
  [[nodiscard]] io::Hash hash() const { return hasher_.hash(); }

 private:
  io::FileStream stream_;
  io::Hasher hasher_;
  std::uint64_t position_ = 0;
};

/// Reads the stream to its end. Returns the SHA-256 if `digests` is true.
std::optional<io::Sha256> read_to_end(StreamedSource& source, bool digests);

/// Returns the path that the selection is applied to. It is DIRECTORY/MEMBER with the directory of the source, or the
/// path of the source if `member` is empty or is named after the source (is_named_by_tar()).
[[nodiscard]] std::string selection_path(const std::string& source, const std::string& member);

/// A member of a tar that may be or hold a kernel, with its contents.
struct PackedMember {
  std::string path;
  std::string inner_tar = {};  ///< see KernelPlace::inner_tar
  std::vector<std::uint8_t> bytes;
};

/// Appends the kernels, links and problems of `part`, in their order, and adds its counts.
void append(SourceOutcome& whole, SourceOutcome part);

/// Returns the exception that is being handled as a problem of this member. Must be called in a catch block.
[[nodiscard]] Problem current_exception_as_problem(const std::string& member);

/// Reader of one source. An error of a kernel becomes a Problem of the outcome, and is not thrown. Any number of
/// threads may use one reader.
class SourceReader {
 public:
  /// `path` is the path of the source relative to the input, or empty if the source is the input. `name` is the name of
  /// the source in messages. `task`, `selection` and `limits` must outlive the reader.
  SourceReader(std::string path, std::string name, const KernelTask& task, const PathSelection& selection,
               const UnpackLimits& limits);

  /// Runs the task for a source that is raw BTF.
  [[nodiscard]] SourceOutcome read_btf(std::span<const std::uint8_t> btf) const;
  /// Reads a source that is compressed, a tar or both, and runs the task for its kernels. If the source cannot be read
  /// to its end, the outcome has no kernels and links: the checksum of compressed data is at its end, so that all data
  /// before an error may be damaged.
  [[nodiscard]] SourceOutcome read_packed(io::ByteStream& input) const;

  /// Reads a tar up to the next member that may be or hold a selected kernel, and returns this member; the caller
  /// passes it to read_member(), in any thread. Returns nothing at the end of the tar. Adds everything else to
  /// `outcome`, by these rules, in this order:
  ///  1. A member that the Unpacker refuses is a problem.
  ///  2. A hidden member (a part of its path begins with a dot) is ignored.
  ///  3. A link that leads out of the tar or to its root is ignored. Other links are links of the outcome.
  ///  4. A member that is named like a kernel and is not selected is counted as unselected.
  ///  5. A member with the contents of any other file is a problem if it is named like a kernel, and ignored otherwise.
  ///  6. Any other member that is not selected is counted as unselected. The exception is compressed data or a tar that
  ///     is not named like a kernel: the selection is applied to its contents.
  ///  7. A member over the limit of bytes is a problem.
  /// Throws Error if the tar cannot be read any further.
  [[nodiscard]] std::optional<PackedMember> next_member(Unpacker& unpacker, SourceOutcome& outcome) const;
  /// Runs the task for a member that is a kernel, or for the kernels in a member that is compressed or a tar.
  [[nodiscard]] SourceOutcome read_member(const PackedMember& member) const;

 private:
  /// Throws Error (wrong_file) for a tar that is named like a kernel and holds none. A tar that may be named like a
  /// module and holds modules is accepted.
  void check_promise(const SourceOutcome& outcome) const;
  /// Returns true if a member is selected. `member` is empty for the source itself.
  [[nodiscard]] bool takes(const std::string& member) const;
  [[nodiscard]] std::string selection_path(const std::string& member) const;
  /// Counts a member that is not a kernel, after the selection was applied to it (OtherMember).
  void ignore(OtherMember other, SourceOutcome& outcome) const;
  void read_contents(const PackedMember& member, SourceOutcome& outcome) const;
  void read_compressed(Unpacker& unpacker, const std::string& member, SourceOutcome& outcome) const;
  void read_inner(const PackedMember& packed, SourceOutcome& outcome) const;
  void read_inner_tar(Unpacker& unpacker, const std::string& packed, SourceOutcome& outcome) const;
  void add_kernel(const PackedMember& member, std::span<const std::uint8_t> btf, SourceOutcome& outcome) const;

  std::string path_;
  std::string name_;
  const KernelTask& task_;
  const PathSelection& selection_;
  const UnpackLimits& limits_;
};

}  // namespace minbtf::archive
