// What the name of a kernel's file says, in trees like BTFHub's: DISTRIBUTION/VERSION/ARCHITECTURE/RELEASE.btf.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace minbtf::cli {

/// Kernels of one directory, one line and one flavour are a series, whose versions follow one another.
struct Release {
  std::string directory;  ///< "ubuntu/20.04/x86_64"; empty for none
  std::string line;       ///< "a12" of "a12-5.10-2021-09": what stands before the version; empty for nothing
  std::string flavour;    ///< "generic", "cloud-amd64", "uek"; empty for none
  /// "5.4.0-42", "4.18.0-147.5.1.el8_1", "a12-5.10-2021-09"; empty if the name tells no version.
  std::string version;
  std::string name;  ///< of the file, without .btf

  [[nodiscard]] bool is_same_series(const Release& other) const noexcept {
    return !version.empty() && !other.version.empty() && directory == other.directory && line == other.line &&
           flavour == other.flavour;
  }
};

/// `path` is a kernel's, with slashes, as outputs are called: "ubuntu/20.04/x86_64/5.4.0-42-generic.btf".
[[nodiscard]] Release parse_release(std::string_view path);

/// Numbers by value, and a number after letters, as package managers have it: 5.4.0-9 < 5.4.0-42, 80.el8
/// < 80.1.2.el8_0. What ends comes first, unless the other goes on with "rc": 6.1-rc2 < 6.1 < 6.1.1.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b) noexcept;

/// By directory, line, flavour and version; kernels without one come last in their directory, by name.
[[nodiscard]] bool comes_before(const Release& a, const Release& b) noexcept;

/// "5.4.0-42 generic", "4.14.35-1902.el7uek"; the file's name if that tells no version.
[[nodiscard]] std::string text_of(const Release& release);

}  // namespace minbtf::cli
