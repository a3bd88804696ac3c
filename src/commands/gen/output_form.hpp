// SPDX-License-Identifier: BSD-2-Clause
// The form of OUTPUT: a package, that is, a tar archive, a bundle or a compressed file, or plain BTF files. --format or
// the name of OUTPUT chooses it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/package/compression.hpp"
#include "archive/package/tar_writer.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

struct PackageForm {
  bool is_tar = false;
  archive::Compression compression = archive::Compression::none;
  bool is_bundle = false;

  /// Returns true for the compressed BTF of one kernel.
  [[nodiscard]] constexpr bool is_one_file() const noexcept { return !is_tar && !is_bundle; }

  bool operator==(const PackageForm&) const = default;
};

using FormWord = OptionWord<PackageForm>;  ///< a word of --format

/// All forms that can be written.
inline constexpr std::array package_forms = {FormWord{"tar", {true, archive::Compression::none}},
                                             FormWord{"tar.gz", {true, archive::Compression::gzip}},
                                             FormWord{"tar.xz", {true, archive::Compression::xz}},
                                             FormWord{"tar.zst", {true, archive::Compression::zstd}},
                                             FormWord{"bundle", {false, archive::Compression::none, true}},
                                             FormWord{"bundle.gz", {false, archive::Compression::gzip, true}},
                                             FormWord{"bundle.xz", {false, archive::Compression::xz, true}},
                                             FormWord{"bundle.zst", {false, archive::Compression::zstd, true}},
                                             FormWord{"btf.gz", {false, archive::Compression::gzip}},
                                             FormWord{"btf.xz", {false, archive::Compression::xz}},
                                             FormWord{"btf.zst", {false, archive::Compression::zstd}}};

/// The same in a message.
inline constexpr const char* package_forms_text =
    "tar, tar.gz, tar.xz and tar.zst, bundle, bundle.gz, bundle.xz and bundle.zst, and for one kernel btf.gz, btf.xz "
    "and btf.zst";

[[nodiscard]] std::string to_string(const PackageForm& form);

/// Returns the suffix of a file that gets its name from a kernel: `.tar.xz`, `.bundle.xz` and `.xz` for `REL.btf`.
[[nodiscard]] std::string suffix_of(const PackageForm& form);

/// Returns the form that a file name promises; nothing if it is not the name of a package that can be written.
[[nodiscard]] std::optional<PackageForm> form_of_name(std::string_view name);

/// Returns true if OUTPUT is an existing directory, or ends in `/`.
[[nodiscard]] bool is_directory_output(const std::string& output);

/// Returns the form of OUTPUT: `format` (--format), or the form that the name of OUTPUT promises. The name of a
/// directory promises nothing. Throws UsageError if the two differ, or if the name is that of another kind of file
/// (`x.btf`).
[[nodiscard]] std::optional<PackageForm> package_form(const std::string& output,
                                                      const std::optional<PackageForm>& format);

/// Returns the name of the one member if `output` has the name of one kernel's tar, as in BTFHub: `REL.btf` for
/// `a/REL.btf.tar.xz`. Returns nothing for every other name.
[[nodiscard]] std::optional<std::string> member_of_name(std::string_view output);

/// Returns output_time(). Throws UsageError if `form` is a tar that cannot hold this time.
[[nodiscard]] std::int64_t package_time(const PackageForm& form);

/// Returns the package; `form` is not a bundle. A form that is no tar takes exactly one member, and its path is not
/// used. Throws Error (unsupported) if a path does not fit, see archive::ustar_of().
[[nodiscard]] std::vector<std::uint8_t> packed(std::vector<archive::TarMember> members, const PackageForm& form,
                                               std::int64_t time);

}  // namespace minbtf::cli
