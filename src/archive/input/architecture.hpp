// The words for architectures: one table for --arch, for `btfgen -a`, and for what paths in a tree say.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

struct Architecture {
  std::string_view name;  ///< BTFHub's, as far as it has kernels of the architecture; otherwise the usual one
  std::vector<std::string_view> words;  ///< all words for it, the name among them
};

/// Each word stands for one architecture only.
[[nodiscard]] std::span<const Architecture> architectures();

/// The architecture that the word stands for; null if it stands for none.
[[nodiscard]] const Architecture* find_architecture(std::string_view word);

/// A directory that is named after an architecture.
struct ArchitecturePlace {
  const Architecture* architecture = nullptr;
  std::string directory;
};

/// The nearest directory named after an architecture that `input` lies below, or that it is: by its absolute path as it
/// was given, or else by the one behind links. Nothing if there is none.
[[nodiscard]] std::optional<ArchitecturePlace> architecture_place_of(const std::string& input);

}  // namespace minbtf::archive
