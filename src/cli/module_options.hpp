// SPDX-License-Identifier: BSD-2-Clause
// Options about the modules of kernels, for all commands that read kernels with their modules.
#pragma once

#include "archive/input/module_options.hpp"
#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

[[nodiscard]] OptionGroup module_option_group();

/// Returns the values of these options. `inputs` are the files of the line. Throws UsageError.
[[nodiscard]] archive::ModuleOptions module_options_of(const ParsedLine& line, InputWords& inputs);

}  // namespace minbtf::cli
