// SPDX-License-Identifier: BSD-2-Clause
// Names of architectures: one table for --arch, for `btfgen -a`, and for the directories of a tree.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

struct Architecture {
  std::string_view name;  ///< BTFHub's name, or the usual name if BTFHub has no kernels of the architecture
  std::vector<std::string_view> words;  ///< all accepted names, `name` included
  /// Name in -D__TARGET_ARCH_NAME and in the files that bpf2go writes. Several architectures can have one name: `x86`
  /// is for x86_64 and i386.
  std::string_view bpf_name;
};

/// Returns all known architectures. Each word belongs to one architecture only.
[[nodiscard]] std::span<const Architecture> architectures();

/// Returns the architecture that has this word; null if the word is unknown.
[[nodiscard]] const Architecture* find_architecture(std::string_view word);

/// Returns the distinct Architecture::bpf_name of all architectures, sorted.
[[nodiscard]] std::span<const std::string_view> bpf_architectures();

/// Returns the architecture that the last of the directories of `path` with such a name is named after; null if none
/// is. The file name does not count.
[[nodiscard]] const Architecture* architecture_of_path(std::string_view path);

/// A directory that is named after an architecture.
struct ArchitecturePlace {
  const Architecture* architecture = nullptr;
  std::string directory;
};

/// Returns the last part of the path of `input` that is named after an architecture, and the path up to it. Searches
/// the absolute path as it was given, and then the path with symbolic links resolved. Returns nothing if `input` is
/// standard input (`-` or io::standard_input_name), or if no part is named after an architecture.
[[nodiscard]] std::optional<ArchitecturePlace> architecture_place_of(const std::string& input);

}  // namespace minbtf::archive
