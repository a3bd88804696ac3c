// SPDX-License-Identifier: BSD-2-Clause
// Options of a run over many kernels.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "archive/input/path_selection.hpp"
#include "archive/unpack/unpack.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

/// Values of the options that all commands over many kernels share.
struct TreeOptions {
  std::size_t jobs = 1;
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
  /// The first given option that makes no sense for one kernel, as "--NAME"; empty if there is none. Limits and --jobs
  /// are accepted for one kernel too.
  std::string only_for_many{};
};

/// Returns the selection: --include, --exclude, --arch.
[[nodiscard]] OptionGroup selection_option_group(std::string title);
/// Returns --jobs, the selection (--include, --exclude, --arch), `more`, and the limits (--max-kernel-size,
/// --max-members, --max-path), in this order.
[[nodiscard]] OptionGroup tree_option_group(std::string title, const std::vector<OptionSpec>& more = {});
/// Returns the values of these options, and defaults for those that the line does not have. The first argument of the
/// line is the input: --arch also selects by the directories that the input is in. Throws UsageError.
[[nodiscard]] TreeOptions tree_options_of(const ParsedLine& line);
/// Returns the word for an architecture that is one typing error away from `typed`. Empty if there is no such word, or
/// if words for several architectures are equally near. Two typing errors would be too many: amd64 and arm64 differ in
/// two letters.
[[nodiscard]] std::string nearest_architecture(std::string_view typed);

/// Returns the name of each known architecture, for completions of --arch.
[[nodiscard]] std::vector<std::string> architecture_names();

// Some of these options, for commands that do not have the others.

[[nodiscard]] OptionSpec jobs_option();
[[nodiscard]] OptionSpec kernel_size_option();
/// The value of --jobs, or the number of usable CPUs. Throws UsageError.
[[nodiscard]] std::size_t jobs_of(const ParsedLine& line);
/// The values of the limits that are given, and defaults for the others. Throws UsageError.
[[nodiscard]] archive::UnpackLimits limits_of(const ParsedLine& line);

}  // namespace minbtf::cli
