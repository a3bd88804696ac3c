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
};

/// Returns all known architectures. Each word belongs to one architecture only.
[[nodiscard]] std::span<const Architecture> architectures();

/// Returns the architecture that has this word; null if the word is unknown.
[[nodiscard]] const Architecture* find_architecture(std::string_view word);

/// A directory that is named after an architecture.
struct ArchitecturePlace {
  const Architecture* architecture = nullptr;
  std::string directory;
};

/// Returns the last part of the path of `input` that is named after an architecture, and the path up to it. Searches
/// the absolute path as it was given, and then the path with symbolic links resolved. Returns nothing if `input` is
/// standard input (`-`), or if no part is named after an architecture.
[[nodiscard]] std::optional<ArchitecturePlace> architecture_place_of(const std::string& input);

}  // namespace minbtf::archive
