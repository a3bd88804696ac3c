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

/// Returns the nearest directory named after an architecture in the path of `input`, `input` itself included. Looks at
/// the absolute path as it was given first, and then at the path with symbolic links resolved. Returns nothing for
/// standard input and if no directory has such a name.
[[nodiscard]] std::optional<ArchitecturePlace> architecture_place_of(const std::string& input);

}  // namespace minbtf::archive
