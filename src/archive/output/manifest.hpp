// The manifest of a run: which tool and which objects made which output of which kernel. docs/manifest.schema.json is
// its JSON schema. Nothing in it depends on time, threads or the machine.
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
  std::string path;  ///< as it was given
  std::uint64_t bytes = 0;
  io::Hash hash;
  std::size_t relocations = 0;
  std::optional<io::Sha256> sha256{};  ///< of the file, if it is wanted
};

struct ManifestKernel {
  std::string source;    ///< relative to INPUT; empty if INPUT is one tar
  std::string member;    ///< path in that tar; empty if the source is no tar
  io::Hash source_hash;  ///< of the file; of an ELF file, of its .BTF section
  std::string output;    ///< relative to OUTPUT
  io::Hash content_hash;
  std::size_t bytes = 0;
  std::string same_as;  ///< output with equal contents that comes first; empty if this is the first
  std::string link;     ///< target of the symbolic link that the output is; empty for a regular file
  KernelFigures figures;
  io::Sha256 content_sha256{};
  std::optional<io::Sha256> source_sha256{};  ///< of the file, if it is wanted
};

struct Manifest {
  std::string version;  ///< of the tool
  std::vector<ManifestObject> objects;
  std::vector<ManifestKernel> kernels;  ///< by output
};

/// One JSON document, each object and each kernel on a line of its own, with a newline at the end. Bytes that are no
/// UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// An output that an earlier run made, as its manifest tells.
struct ManifestOutput {
  std::string path;  ///< clean and relative
  io::Hash content_hash;
  std::string link;  ///< as the link says; may lead anywhere. Empty for a regular file

  bool operator==(const ManifestOutput&) const = default;
};

/// Outputs of the manifest in `path`, by path; those whose paths were no UTF-8 are left out. Only what this takes is
/// looked at; keys of later versions are no fault. Throws Error: io, wrong_file for what is no manifest of this tool,
/// unsupported for another schema and over 256 MiB, damaged for one that lists a path twice or one that leads out of a
/// directory.
[[nodiscard]] std::vector<ManifestOutput> read_manifest(const std::filesystem::path& path);

}  // namespace minbtf::archive
