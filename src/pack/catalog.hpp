// SPDX-License-Identifier: BSD-2-Clause
// The catalog of a pack: facts about its kernels, and about the files from which they were read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/hash.hpp"
#include "io/sha256.hpp"
#include "minbtf/btf.hpp"

namespace minbtf::pack {

/// The BTF of a kernel as it was before it was packed. Kernels with equal BTF are one kernel of the pack.
struct PackedKernel {
  enum class Form : std::uint8_t {
    types,     ///< nodes and lists
    verbatim,  ///< all bytes, because the BTF does not fit the model
  };

  std::uint64_t bytes = 0;  ///< size of the BTF, header included
  std::uint32_t types = 0;  ///< number of types, without `void`
  ByteOrder order = ByteOrder::little;
  Form form = Form::types;
  bool has_groups = false;  ///< an entry has a group other than 0
  io::Hash hash;            ///< XXH3 of the BTF

  bool operator==(const PackedKernel&) const = default;
};

struct PackedMember {
  std::string path;            ///< in the source if the source was a tar; otherwise empty
  std::string inner_tar = {};  ///< path, in the source, of the inner tar that has the member; otherwise empty
  std::uint32_t kernel = 0;    ///< number of the kernel in the pack

  bool operator==(const PackedMember&) const = default;
};

/// A member of a tar that is not a kernel, and that a selection of paths can leave out, as archive::OtherMember.
struct PackedOther {
  std::string path;       ///< as PackedMember::path; may be empty if there is an inner tar
  std::string inner_tar;  ///< as PackedMember::inner_tar
  bool is_module = false;

  bool operator==(const PackedOther&) const = default;
};

/// A symbolic or hard link in a tar, as archive::FoundLink.
struct PackedLink {
  std::string path;
  std::string target;

  bool operator==(const PackedLink&) const = default;
};

/// A file from which kernels were read.
struct PackedSource {
  std::string path;           ///< in the tree, with the extensions of the file; empty for a tar that was the input
  io::Hash hash = {};         ///< XXH3 of the file; for an ELF file, of its .BTF section
  bool is_elf = false;        ///< the file is an uncompressed ELF file
  io::Sha256 sha256 = {};     ///< of the file
  std::uint64_t ignored = 0;  ///< members of a tar that are not kernels, in addition to `others`
  std::uint64_t modules = 0;  ///< part of `ignored`: kernel modules
  std::vector<PackedMember> members = {};
  std::vector<PackedOther> others = {};
  std::vector<PackedLink> links = {};

  bool operator==(const PackedSource&) const = default;
};

struct Catalog {
  std::vector<PackedKernel> kernels;
  std::vector<PackedSource> sources;  ///< by path
  std::uint64_t ignored = 0;          ///< files of the tree that are not kernels, in addition to those of the sources
  std::uint64_t modules = 0;          ///< part of `ignored`: kernel modules

  bool operator==(const Catalog&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode_kernels(const Catalog& catalog);
[[nodiscard]] std::vector<std::uint8_t> encode_sources(const Catalog& catalog);

/// Decodes untrusted sections with `kernels` and `sources` elements. Checks that each member has a kernel, and that the
/// sources are sorted by path, each path once. Does not check whether a path is clean. Throws Error (damaged).
[[nodiscard]] Catalog decode_catalog(std::span<const std::uint8_t> kernel_section, std::uint32_t kernels,
                                     std::span<const std::uint8_t> source_section, std::uint32_t sources,
                                     const std::string& file);

}  // namespace minbtf::pack
