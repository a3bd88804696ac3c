// SPDX-License-Identifier: BSD-2-Clause
// Names of packages: tar archives, bundles and compressed files that this tool can write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/package/compression.hpp"

namespace minbtf::archive {

/// A tar, a bundle, or, if it is neither, a compressed file.
struct PackageName {
  bool is_tar = false;
  Compression compression = Compression::none;
  std::string stem;  ///< the name without the suffixes of the package, directories included
  bool is_bundle = false;

  bool operator==(const PackageName&) const = default;
};

/// Returns the form that a file name promises, by its suffixes in lower case: `.tar`, `.tar.gz`, `.tar.xz`, `.tar.zst`,
/// `.tgz`, `.txz`, `.tzst`, `.bundle`, `.bundle.gz`, `.bundle.xz`, `.bundle.zst`, `.gz`, `.xz` and `.zst`. Example:
/// `a/x.btf.tar.xz` is a tar, compressed as xz, with the stem `a/x.btf`. A file name that consists of a suffix only
/// (`.xz`) does not have this suffix. Returns nothing for every other name, also for packages that this tool does not
/// write (`x.zip`).
[[nodiscard]] std::optional<PackageName> package_name_of(std::string_view file_name);

/// Returns the forms of tars and bundles as words: "tar", "tar.gz", ... Each form has one word.
[[nodiscard]] std::vector<std::string> archive_forms();

}  // namespace minbtf::archive
