// SPDX-License-Identifier: BSD-2-Clause
// Paths of the kernels in a bundle.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::archive {

/// The directory that stands for an empty ID or VERSION_ID. Some distributions have no VERSION_ID.
inline constexpr std::string_view empty_part = "-";

/// Returns the path ID/VERSION_ID/ARCHITECTURE/RELEASE.btf. An empty ID or VERSION_ID becomes empty_part. If both are
/// empty, the path is ARCHITECTURE/RELEASE.btf.
[[nodiscard]] std::string bundle_path(std::string_view id, std::string_view version_id, std::string_view architecture,
                                      std::string_view release);

}  // namespace minbtf::archive
