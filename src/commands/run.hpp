// SPDX-License-Identifier: BSD-2-Clause
// Runs the tool, from its arguments to its exit status.
#pragma once

#include <string>
#include <vector>

namespace minbtf::cli {

/// Runs the tool with the arguments of main(), without the program's name, and returns its exit status. Installs the
/// handler of the interrupting signals.
[[nodiscard]] int run(const std::vector<std::string>& arguments) noexcept;

}  // namespace minbtf::cli
