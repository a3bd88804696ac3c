// SPDX-License-Identifier: BSD-2-Clause
// Version and flavour of a kernel from the name of its file, in trees like BTFHub's:
// DISTRIBUTION/VERSION/ARCHITECTURE/RELEASE.btf.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace minbtf::cli {

/// Parts of the path of a kernel. Kernels of one directory, one line and one flavour are a series.
struct Release {
  std::string directory;  ///< "ubuntu/20.04/x86_64"; empty for the root
  std::string line;       ///< words before the version: "a12" for "a12-5.10-2021-09"; may be empty
  std::string flavour;    ///< "generic", "cloud-amd64", "uek"; may be empty
  /// "5.4.0-42", "4.18.0-147.5.1.el8_1", "a12-5.10-2021-09"; empty if the name has no version.
  std::string version;
  std::string name;  ///< name of the file, without .btf

  /// Returns true if both have a version, and are of one directory, line and flavour.

  [[nodiscard]] bool is_same_series(const Release& other) const noexcept {
    return !version.empty() && !other.version.empty() && directory == other.directory && line == other.line &&
           flavour == other.flavour;
  }
};

/// Parses the path of a kernel's output, with slashes: "ubuntu/20.04/x86_64/5.4.0-42-generic.btf".
[[nodiscard]] Release parse_release(std::string_view path);

/// Compares versions as package managers do, run by run of digits or letters:
/// 1. Two numbers are compared by value: 5.4.0-9 < 5.4.0-42. Two words are compared as texts.
/// 2. A word comes before a number: 80.el8 < 80.1.2.el8_0.
/// 3. A version that ends comes before one that goes on, except with "rc": 6.1-rc2 < 6.1 < 6.1.1.
/// Separators do not count.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b) noexcept;

/// Orders kernels by directory, line, flavour, version and name. Kernels without a version come last in their
/// directory, by name.
[[nodiscard]] bool comes_before(const Release& a, const Release& b) noexcept;

/// Returns "5.4.0-42 generic" or, if the version contains the flavour, "4.14.35-1902.el7uek"; the name of the file if
/// that name has no version.
[[nodiscard]] std::string text_of(const Release& release);

}  // namespace minbtf::cli
