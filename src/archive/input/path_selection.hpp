// Which kernels of a tree are asked for: --include, --exclude and --arch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

/// Whether `pattern` fits `path`, both relative. `*`, `?` and `[...]` stand for what they do in a shell and never for a
/// slash; `**` as a whole part stands for any number of parts. What fits a directory fits everything in it. A pattern
/// without a slash may fit any part of the path.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

/// An architecture's names, the given one among them: `amd64` is also `x86_64`.
[[nodiscard]] std::vector<std::string> names_of_architecture(const std::string& name);

struct SelectionRules {
  std::vector<std::string> include{};        ///< globs; none for everything
  std::vector<std::string> exclude{};        ///< globs; they win over `include`
  std::vector<std::string> architectures{};  ///< one of them has to be a directory of the path, under any of its names
};

class PathSelection {
 public:
  PathSelection() = default;
  explicit PathSelection(SelectionRules rules);

  /// `path` is a kernel's, relative to the input. Globs are held against it and against the path of its output, so that
  /// both `*.btf` and `*.btf.tar.xz` can be said.
  [[nodiscard]] bool takes(std::string_view path) const;
  /// All rules as one text: equal texts select equally.
  [[nodiscard]] std::string text() const;

 private:
  SelectionRules rules_;
  std::vector<std::vector<std::string>> architecture_names_;
};

}  // namespace minbtf::archive
