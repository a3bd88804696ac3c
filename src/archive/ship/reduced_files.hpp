// SPDX-License-Identifier: BSD-2-Clause
// Reads REDUCED of `ship`: a directory or an archive of reduced BTF, made by any tool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

struct ReducedFile {
  std::string path;  ///< relative to REDUCED, with .btf at its end; through a link, the path of the link
  Content content;   ///< valid raw BTF, byte for byte as in REDUCED
};

struct ReducedFiles {
  std::vector<ReducedFile> files;   ///< sorted by path, each path once
  std::vector<SourceFault> faults;  ///< files that are not BTF, and links that lead to no file
  std::size_t other_files = 0;      ///< those of `faults` that are files of another kind than BTF
  std::size_t ignored = 0;          ///< hidden files, and manifests of gen
  bool is_single = false;           ///< REDUCED is one BTF, not a directory or archive
  bool is_nameless = false;         ///< one BTF from a pipe or standard input: its path states nothing
};

/// Limit for all distinct BTF in REDUCED, in bytes: it stays in memory until the artifact is written.
inline constexpr std::uint64_t max_reduced_bytes = std::uint64_t{1} << 30U;

/// Limit for the paths in REDUCED, links followed. BTFHub's whole archive has a tenth of it.
inline constexpr std::size_t max_reduced_paths = 500'000;

/// Limit for all paths, targets of links and messages about files in REDUCED, in bytes: once as they are in REDUCED,
/// and once with links followed (LinkLimits::path_bytes). BTFHub's whole archive has a twentieth of it.
inline constexpr std::uint64_t max_reduced_path_bytes = std::uint64_t{1} << 28U;

/// Reads all files of a directory, of a tar (compressed or not), or the one file `path`. The rules:
///  - Each file must be raw BTF of a kernel, which is validated as a whole. It may be compressed, or the only file of a
///    tar: `5.4.0.btf.tar.xz` gives `5.4.0.btf`.
///  - Links are followed inside of REDUCED, as LinkTree::files() does.
///  - Names that begin with a dot, and manifests of gen, are ignored and counted. Any other file is a fault.
///  - A single file, or a tar of one file, keeps ID/VERSION/ARCHITECTURE of its own path if it is in a directory with
///    the name of an architecture.
/// Throws Error: io; damaged and unsupported for the archive as a whole; unsupported for more than
/// max_reduced_bytes, max_reduced_paths or max_reduced_path_bytes.
[[nodiscard]] ReducedFiles read_reduced(const std::string& path, const UnpackLimits& limits);
/// Does the same for a file that is open. Only the head of `file` may have been read.
[[nodiscard]] ReducedFiles read_reduced(const io::InputFile& file, const UnpackLimits& limits);

}  // namespace minbtf::archive
