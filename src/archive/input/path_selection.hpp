// SPDX-License-Identifier: BSD-2-Clause
// Selection of the kernels of a tree: --include, --exclude and --arch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/input/architecture.hpp"

namespace minbtf::archive {

/// Returns true if `pattern` matches `path`. Both are relative, and are compared part by part:
///  1. A pattern without a slash, except `**`, matches if it matches any part of the path: `20.04` matches
///     `ubuntu/20.04/5.4.btf`.
///  2. Any other pattern is compared with the path from its first part on. `**` as a part of the pattern matches any
///     number of parts, also none: `**/x86_64/*` matches `x86_64/5.4.btf` and `ubuntu/20.04/x86_64/5.4.btf`.
///  3. A pattern that matches a directory matches everything in it: `ubuntu/20.04` matches `ubuntu/20.04/5.4.btf`.
///  4. In a part, `*`, `?`, `[...]` and `\` have the meaning of a shell (fnmatch()). `*` also matches a leading dot.
/// An empty pattern and `/` match no path.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

struct SelectionRules {
  std::vector<std::string> include{};  ///< globs; at least one must match; an empty list selects all kernels
  std::vector<std::string> exclude{};  ///< globs; kernels that match one of these are not selected
  /// Words of --arch. A directory of the path must have the name of one of these architectures (find_architecture()),
  /// or be equal to one of these words. An empty list selects all kernels.
  std::vector<std::string> architectures{};
  /// Architecture that the path of the input is named after (architecture_place_of()). It applies to kernels whose path
  /// has no directory named after an architecture. May be null.
  const Architecture* input_architecture = nullptr;
};

class PathSelection {
 public:
  PathSelection() = default;
  explicit PathSelection(SelectionRules rules);

  /// Returns true if the kernel at `path`, relative to the input, is selected. Globs are compared with this path and
  /// with the path of the output (output_path()), so that both `*.btf` and `*.btf.tar.xz` match `5.4.btf.tar.xz`.
  [[nodiscard]] bool takes(std::string_view path) const;
  /// Returns true if the kernel is not selected, the architectures have the word `x86`, and the word `i386` would
  /// select the kernel. `x86` is a word for x86_64, but the user may have meant i386.
  [[nodiscard]] bool misses_i386(std::string_view path) const;
  /// Returns all rules as one text. Selections with equal texts select the same paths.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] bool fits_globs(std::string_view path) const;
  [[nodiscard]] bool fits_architecture(std::string_view path) const;

  SelectionRules rules_;
};

/// Counts a kernel that is not selected. Counts is a SourceOutcome or a SourceTree.
template <typename Counts>
void leave_out(std::string_view path, const PathSelection& selection, Counts& counts) {
  ++counts.unselected;
  if (selection.misses_i386(path)) ++counts.missed_i386;
}

}  // namespace minbtf::archive
