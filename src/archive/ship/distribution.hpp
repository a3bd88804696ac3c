// SPDX-License-Identifier: BSD-2-Clause
// Distributions as /etc/os-release names them: which values of ID and VERSION_ID a kernel of BTFHub's archive runs
// under, and how distributions write the two values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/ship/kernel_path.hpp"

namespace minbtf::archive {

/// Values of ID and VERSION_ID, without quotes.
struct Distribution {
  std::string id;
  std::string version;

  auto operator<=>(const Distribution&) const = default;
};

/// Returns the distributions under which the kernel runs, as far as its release shows, in addition to ID and VERSION of
/// its path. The rules:
///  1. A release with `.elN` in a directory of the family centos, rhel, rocky, almalinux or ol: each ID of the family
///     with the major version N. If the release shows its minor version (3.10.0-1160 is 7.9), also with this minor
///     version and the next. rocky and almalinux exist from 8 on.
///  2. A release with `.elNuek`, which only Oracle Linux has: only `ol`, with the major version N.
///  3. A release of amzn/2018: amzn/2018.03.
/// Sorted; the distribution of the path itself is not in the result.
[[nodiscard]] std::vector<Distribution> distributions_of(const KernelPath& kernel);

/// Returns the values of VERSION_ID that are known for an ID and its major version: `8.0` to `8.10` for rhel and 8.
/// Empty if they are not known: all IDs outside of the family in distributions_of().
[[nodiscard]] std::vector<std::string> minor_versions(std::string_view id, std::string_view major);

/// Returns true if VERSION_ID of the distribution always has a minor version: rhel, rocky, almalinux and ol, not
/// centos.
[[nodiscard]] bool has_minor_version(std::string_view id) noexcept;

/// How the os-release file of a distribution writes a value.
enum class Quotes : std::uint8_t { no, yes, unknown };

/// Returns whether ID is in double quotes: `ID="centos"`, `ID=debian`.
[[nodiscard]] Quotes quotes_of_id(std::string_view id) noexcept;

/// Returns true if VERSION_ID has no quotes: `VERSION_ID=39` of fedora.
[[nodiscard]] bool has_bare_version(std::string_view id) noexcept;

}  // namespace minbtf::archive
