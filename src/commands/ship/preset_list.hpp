// SPDX-License-Identifier: BSD-2-Clause
// `ship --list`: explains the presets.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// Returns the lines for standard output.
[[nodiscard]] std::vector<std::string> preset_lines();
void add_presets(Json& document);

}  // namespace minbtf::cli
