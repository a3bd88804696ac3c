// SPDX-License-Identifier: BSD-2-Clause
// The manifest of a run: the version of the tool, the objects, and for each kernel its source and its output.
// docs/manifest.schema.json is the JSON schema. The manifest does not depend on the time, the number of threads or the
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "io/hash.hpp"
#include "io/sha256.hpp"

namespace minbtf::archive {

struct ManifestObject {
  std::string path;  ///< as given on the command line
  std::uint64_t bytes = 0;
  io::Hash hash;
  std::size_t relocations = 0;
  std::optional<io::Sha256> sha256{};  ///< of the file; nothing if not requested
  /// Architecture::bpf_name of the kernels that the object is used for; nothing if it is used for all kernels.
  std::optional<std::vector<std::string>> architectures{};
};

struct ManifestKernel {
  std::string source;    ///< relative to INPUT; empty if INPUT is one tar
  std::string member;    ///< path in the source; empty if the source is no tar
  io::Hash source_hash;  ///< of the file; for an ELF file, of its .BTF section
  std::string output;    ///< relative to OUTPUT
  io::Hash content_hash;
  std::size_t bytes = 0;
  std::string same_as;  ///< first output with equal contents; empty if this output is the first
  std::string link;     ///< text of the symbolic link; empty if the output is a regular file
  KernelFigures figures;
  io::Sha256 content_sha256{};
  std::optional<io::Sha256> source_sha256{};  ///< of the file; nothing if not requested
};

struct Manifest {
  std::string version;  ///< of min-btf
  std::vector<ManifestObject> objects;
  std::vector<ManifestKernel> kernels;  ///< sorted by output
  std::vector<std::string> keeps = {};  ///< what is kept by name (Keep::text()); sorted
  bool keeps_layout = false;            ///< outputs have Layout::kernel
  bool shares_answers = false;          ///< made with Dedupe::answers
};

/// Returns the manifest as one JSON document with a newline at the end. Each object and each kernel has a line of its
/// own. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// An output of an earlier run, as listed in the manifest of that run.
struct ManifestOutput {
  std::string path;  ///< clean and relative
  io::Hash content_hash;
  std::string link;  ///< text of the symbolic link, not checked; empty for a regular file

  bool operator==(const ManifestOutput&) const = default;
};

/// Reads the outputs of the manifest at `path`, sorted by path. Outputs whose paths were not UTF-8 are left out. Only
/// the fields that this function needs are checked; unknown keys are allowed. Throws Error:
///  - io: the file cannot be read;
///  - wrong_file: the file is no manifest of min-btf;
///  - unsupported: another schema, or a file over 256 MiB;
///  - damaged: a path is listed twice, or is not clean and relative (is_clean_path()).
[[nodiscard]] std::vector<ManifestOutput> read_manifest(const std::filesystem::path& path);

}  // namespace minbtf::archive
