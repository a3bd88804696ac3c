// SPDX-License-Identifier: BSD-2-Clause
// The commit that this program was built from.
#pragma once

namespace minbtf::cli {

/// Returns the first 12 digits of the commit's hash, with "-dirty" behind them if files of that commit were changed
/// when the program was built. Empty if it was not built in a git working tree. src/cmake/commit.cmake writes the
/// function. The string ends with NUL and is valid until the program ends.
[[nodiscard]] const char* commit() noexcept;

}  // namespace minbtf::cli
