// SPDX-License-Identifier: BSD-2-Clause
// Templates of paths: `{id}/{version}/{machine}/{release}.btf`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/input/architecture.hpp"
#include "archive/package/package_name.hpp"

namespace minbtf::archive {

enum class PathField : std::uint8_t { id, version, arch, machine, bpfarch, release };
inline constexpr std::size_t path_fields = 6;

/// Returns the name of the field, without braces.
[[nodiscard]] std::string_view to_string(PathField field) noexcept;

/// The values of all fields for one kernel, by PathField. An empty value is missing.
class FieldValues {
 public:
  [[nodiscard]] std::string& operator[](PathField field) noexcept { return values_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] const std::string& operator[](PathField field) const noexcept {
    return values_[static_cast<std::size_t>(field)];
  }
  /// Sets the three fields of the architecture.
  void set_architecture(const Architecture& architecture);

 private:
  std::array<std::string, path_fields> values_;
};

class PathTemplate {
 public:
  /// Returns why `text` is no template: it has an unknown field (the reason lists the known fields), or a brace without
  /// its partner. Empty for a template.
  [[nodiscard]] static std::string fault(std::string_view text);

  /// `text` must have no fault().
  explicit PathTemplate(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool has(PathField field) const noexcept;
  /// Returns true if the template has a field for the architecture: {arch}, {machine} or {bpfarch}.
  [[nodiscard]] bool has_architecture() const noexcept;
  /// Returns the first field of the template without a value; nothing if all have one.
  [[nodiscard]] std::optional<PathField> missing(const FieldValues& values) const;
  /// Returns the path. Fields without a value become empty.
  [[nodiscard]] std::string expand(const FieldValues& values) const;
  /// Returns true if expand() can return `path` for some values that are not empty and have no `/`. A part of the path
  /// that begins with a dot counts only if the template has such a part.
  [[nodiscard]] bool matches(std::string_view path) const;

  /// Returns the form in which each file is packed, by the fixed text at the end of the template:
  /// `{release}.btf.tar.xz` is a compressed tar. Nothing if files are not packed. PackageName::stem is that of the
  /// fixed text: `.btf`.
  [[nodiscard]] const std::optional<PackageName>& packing() const noexcept { return packing_; }

 private:
  struct Piece {
    std::string text;
    std::optional<PathField> field{};  ///< if set, `text` is empty
  };

  std::string text_;
  std::vector<Piece> pieces_;
  std::optional<PackageName> packing_;
};

}  // namespace minbtf::archive
