// SPDX-License-Identifier: BSD-2-Clause
// The catalog of a pack: facts about its kernels, and about the files from which they were read.
#pragma once

#include <algorithm>
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

inline constexpr std::uint32_t no_kernel = static_cast<std::uint32_t>(-1);

/// The BTF of a kernel as it was before it was packed. Kernels with equal BTF are one kernel of the pack.
struct PackedKernel {
  enum class Form : std::uint8_t {
    types,     ///< nodes and lists; no extras (type_source.hpp)
    verbatim,  ///< all bytes, because the BTF does not fit the model
    whole,     ///< nodes, lists and extras: all types of the BTF
  };

  std::uint64_t bytes = 0;  ///< size of the BTF, header included
  std::uint32_t types = 0;  ///< number of types, without `void`
  ByteOrder order = ByteOrder::little;
  Form form = Form::types;
  bool has_groups = false;  ///< an entry has a group other than 0
  io::Hash hash;            ///< XXH3 of the BTF
  /// A kernel of an earlier segment. Its lists are those of this kernel, except where this kernel's segment has another
  /// list or none. `no_kernel`: no such kernel.
  std::uint32_t base = no_kernel;

  bool operator==(const PackedKernel&) const = default;
};

/// Kernels with numbers in a row.
struct KernelRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;  ///< number behind the last kernel

  [[nodiscard]] bool contains(std::uint32_t kernel) const noexcept { return kernel >= first && kernel < end; }
  /// Takes the kernels off that are not between the two.
  void narrow(std::uint32_t other_first, std::uint32_t other_end) noexcept {
    first = std::max(first, other_first);
    end = std::min(end, other_end);
  }
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

/// A file of the tree, or a tar, without kernels.
struct OtherFile {
  std::string path;           ///< in the tree
  std::uint64_t ignored = 0;  ///< number of files that are not kernels: 1, or the members of the tar
  std::uint64_t modules = 0;  ///< part of `ignored`: kernel modules

  bool operator==(const OtherFile&) const = default;
};

struct Catalog {
  std::vector<PackedKernel> kernels;
  std::vector<PackedSource> sources;  ///< by path
  std::vector<OtherFile> others{};    ///< by path, each path once

  /// Returns the number of files of `others` that are not kernels.
  [[nodiscard]] std::uint64_t ignored() const noexcept;
  [[nodiscard]] std::uint64_t modules() const noexcept;  ///< those that are kernel modules

  bool operator==(const Catalog&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode_kernels(std::span<const PackedKernel> kernels);
/// Encodes everything but the kernels.
[[nodiscard]] std::vector<std::uint8_t> encode_sources(const Catalog& catalog);

/// Decodes an untrusted section of `count` kernels, and appends them to `kernels`, which has those of earlier sections.
/// Throws Error (damaged).
void decode_kernels(std::span<const std::uint8_t> section, std::uint32_t count, std::vector<PackedKernel>& kernels,
                    const std::string& file);

/// Decodes an untrusted section of `count` sources into a catalog that has its kernels. Checks that each member has a
/// kernel, and that the sources and other files are sorted by path, each path once. Does not check whether a path is
/// clean. Throws Error (damaged).
void decode_sources(std::span<const std::uint8_t> section, std::uint32_t count, Catalog& catalog,
                    const std::string& file);

}  // namespace minbtf::pack
