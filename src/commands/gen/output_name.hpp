// SPDX-License-Identifier: BSD-2-Clause
// Rules for the name of OUTPUT: a later reader must not be misled by it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "commands/gen/output_form.hpp"
#include "io/output_file.hpp"

namespace minbtf::cli {

/// Returns the name of the file for `input` in a directory OUTPUT: INPUT's name, without suffixes of compression and
/// archives.
[[nodiscard]] std::filesystem::path output_name(const std::filesystem::path& input);

/// Returns true if the name has a suffix of files that are common where this tool is used: `x.btf`, `x.o`, `x.json`.
[[nodiscard]] bool is_file_name(std::string_view name);

/// Throws UsageError if the file to write has the name of a package (`x.tar.gz`, `x.btf.xz`). `role` and `contents` are
/// for the message: "the manifest", "JSON". A pipe or a device may have any name, because no file of that name is
/// written.
void refuse_package_name(const io::OutputFile& file, const std::string& role, const std::string& contents);

/// Throws UsageError if OUTPUT, or the file that OUTPUT leads to as a symbolic link, has a name that promises other
/// contents than `form`, or, without a form, than raw BTF. A pipe or a device may have any name.
void refuse_output_name(const io::OutputFile& file, const std::optional<PackageForm>& form);

/// Returns `output` as the directory for the kernels of `input`. Throws UsageError if `output` exists and is not a
/// directory, has the name of a package, or does not exist and has the name of a file (`x.btf`). A name that ends in
/// `/` is always accepted as that of a directory.
[[nodiscard]] std::filesystem::path tree_root(const std::string& output, const std::string& input);

}  // namespace minbtf::cli
