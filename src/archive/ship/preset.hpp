// SPDX-License-Identifier: BSD-2-Clause
// The products for which `ship` knows paths, form and limits. Sources of the facts: the lookup code of each product.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

/// What OUTPUT is.
enum class ShipForm : std::uint8_t { directory, tar_gz, tar_xz, bundle };

/// How a consumer reads ID and VERSION_ID from os-release.
enum class OsRelease : std::uint8_t {
  plain,      ///< without quotes
  quoted_id,  ///< ID keeps its quotes, VERSION_ID has none
  bcc,        ///< as quoted_id, and VERSION_ID is empty unless it is in double quotes
};

/// A rule for names that a consumer does not find.
enum class NameLimit : std::uint8_t {
  none,
  name_field,  ///< at most 99 bytes: the field `name` of a tar header
  go_embed,    ///< names that go:embed takes: go_embed_refusal()
};

struct Preset {
  std::string_view name;
  std::string_view consumer;
  std::string_view makes;      ///< what OUTPUT is
  std::string_view path;       ///< template of the path of a kernel in OUTPUT
  std::string_view file_name;  ///< of OUTPUT in a directory; empty if OUTPUT is a directory
  ShipForm form = ShipForm::directory;
  OsRelease os_release = OsRelease::plain;
  NameLimit limit = NameLimit::none;
  bool one_architecture = false;  ///< OUTPUT cannot hold kernels of several architectures
  bool release_aliases = true;    ///< distributions_of() gives further names
  bool is_elf = false;            ///< each file is an ELF file with a section .BTF
  /// Kernels without ID and VERSION are taken, and those without an architecture are not. The path of a kernel in
  /// OUTPUT is bundle_path().
  bool is_bundle = false;
  /// The only values of ID that the consumer knows; empty if it takes all.
  std::span<const std::string_view> ids{};
  /// Path of the kernels of one ID; empty if there is no such exception.
  std::string_view special_id{};
  std::string_view special_path{};
  std::string_view note{};  ///< for `ship --list`; lines end with a newline
};

/// Returns all presets in the order of `ship --list`.
[[nodiscard]] std::span<const Preset> presets() noexcept;

/// Returns the preset of that name, or null.
[[nodiscard]] const Preset* find_preset(std::string_view name) noexcept;

/// Returns the suffix of OUTPUT: ".tar.gz"; empty for a directory. A bundle may also be compressed.
[[nodiscard]] std::string_view suffix_of(ShipForm form) noexcept;

/// Returns why a consumer with this limit does not find a file with this path; empty if it finds the file.
[[nodiscard]] std::string refusal_of(NameLimit limit, std::string_view path);

}  // namespace minbtf::archive
