// SPDX-License-Identifier: BSD-2-Clause
// Where a path really is: for refusing an output that lies in an input.
#pragma once

#include <filesystem>

namespace minbtf::io {

/// Returns the absolute path with all symbolic links resolved, without a final slash. The file need not exist.
[[nodiscard]] std::filesystem::path real_path(const std::filesystem::path& path);

/// Returns true if `inner` is `outer` or below it. Both are results of real_path().
[[nodiscard]] bool is_inside(const std::filesystem::path& inner, const std::filesystem::path& outer);

}  // namespace minbtf::io
