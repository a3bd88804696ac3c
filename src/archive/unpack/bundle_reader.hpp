// SPDX-License-Identifier: BSD-2-Clause
// The kernels of a bundle as members of an archive. include/minbtf/bundle.h reads and checks the bundle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/unpack/archive_reader.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"
#include "minbtf/bundle.h"

namespace minbtf::archive {

/// Size of the largest bundle that is read, in bytes: it is in memory as a whole. A bundle for all kernels of BTFHub's
/// archive has some megabytes.
inline constexpr std::uint64_t max_bundle_bytes = std::uint64_t{1} << 30U;

/// Each kernel is a regular file with the path of bundle_path(), where ARCHITECTURE is BTFHub's name. Members are in
/// the order of their paths. The rules:
///  - Kernels that differ only in `build` have one path. They are one member if their contents are equal.
///  - These kernels are refused members: several of one path with different contents; a machine whose
///    architecture is not known; an empty release; a text that has a slash or begins with a dot.
class BundleReader final : public ArchiveReader {
 public:
  /// Reads nothing yet. `input` and `context` must outlive the reader.
  BundleReader(io::ByteStream& input, const UnpackContext& context) : input_(input), context_(context) {}

  /// The first call reads all of the input. Throws Error (damaged) for a bundle that is truncated or damaged; Error
  /// (unsupported) for a newer format, over max_bundle_bytes, or more kernels than UnpackLimits::members.
  [[nodiscard]] std::optional<ArchiveEntry> next_entry() override;
  [[nodiscard]] bool next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset) override;
  void skip_contents() override { is_given_ = true; }

 private:
  struct Kernel {
    std::string path;
    std::string refusal;
    minbtf_kernel names;                ///< its texts are in bytes_
    std::span<const std::uint8_t> btf;  ///< in bytes_
  };

  void read();
  void read_kernels();

  io::ByteStream& input_;
  const UnpackContext& context_;
  bool is_read_ = false;
  std::vector<std::uint8_t> bytes_;
  std::vector<Kernel> kernels_;  ///< sorted by path
  std::size_t next_ = 0;         ///< index of the next kernel
  bool is_given_ = false;        ///< the contents of the current kernel
};

}  // namespace minbtf::archive
