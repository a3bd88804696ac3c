// What can be said about a run over many kernels.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/path_selection.hpp"
#include "archive/unpack/unpack.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

/// What all commands that take many kernels take.
struct TreeOptions {
  std::size_t jobs = 1;
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
};

/// --jobs, --include, --exclude and --arch, --max-kernel-size, --max-members and --max-path; with `more` between the
/// selection and the limits.
[[nodiscard]] OptionGroup tree_option_group(std::string title, const std::vector<OptionSpec>& more = {});
/// What these say; defaults for those that the line does not have. Throws UsageError.
[[nodiscard]] TreeOptions tree_options_of(const ParsedLine& line);
/// One of them that means nothing for a single kernel, as "--NAME"; empty if none was given. Limits and jobs do no
/// harm.
[[nodiscard]] std::string tree_word_of(const ParsedLine& line);

/// Some of them, for commands that take no others. Throw UsageError.
[[nodiscard]] OptionSpec jobs_option();
[[nodiscard]] OptionSpec kernel_size_option();
[[nodiscard]] std::size_t jobs_of(const ParsedLine& line);
[[nodiscard]] archive::UnpackLimits limits_of(const ParsedLine& line);

}  // namespace minbtf::cli
