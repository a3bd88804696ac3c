// Which kernels of a tree are asked for: --include, --exclude and --arch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/input/architecture.hpp"

namespace minbtf::archive {

/// Whether `pattern` fits `path`, both relative. `*`, `?` and `[...]` stand for what they do in a shell and never for a
/// slash; `**` as a whole part stands for any number of parts. What fits a directory fits everything in it. A pattern
/// without a slash may fit any part of the path.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

struct SelectionRules {
  std::vector<std::string> include{};  ///< globs; none for everything
  std::vector<std::string> exclude{};  ///< globs; they win over `include`
  /// Words. The path has to have a directory that is named after one of them, with any word for the architecture.
  std::vector<std::string> architectures{};
  /// The architecture that the input lies below. It is that of paths that have no directory named after one. May be
  /// null.
  const Architecture* input_architecture = nullptr;
};

class PathSelection {
 public:
  PathSelection() = default;
  explicit PathSelection(SelectionRules rules);

  /// `path` is a kernel's, relative to the input. Globs are held against it and against the path of its output, so that
  /// both `*.btf` and `*.btf.tar.xz` can be said.
  [[nodiscard]] bool takes(std::string_view path) const;
  /// Whether the rules have the word `x86` where `i386` would take the path, and nothing else does.
  [[nodiscard]] bool misses_i386(std::string_view path) const;
  /// All rules as one text: equal texts select equally.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] bool fits_globs(std::string_view path) const;
  [[nodiscard]] bool fits_architecture(std::string_view path) const;

  SelectionRules rules_;
};

/// Counts a kernel that the selection does not take, in whatever has these counts.
template <typename Counts>
void leave_out(std::string_view path, const PathSelection& selection, Counts& counts) {
  ++counts.unselected;
  if (selection.misses_i386(path)) ++counts.missed_i386;
}

}  // namespace minbtf::archive
