// What can be said about a run over many kernels.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
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
/// What these say; defaults for those that the line does not have. The first word of the line is the input, where it
/// lies counts for --arch. Throws UsageError.
[[nodiscard]] TreeOptions tree_options_of(const ParsedLine& line);
/// The word for an architecture that is one slip of a key from `typed`; empty if there is none, or if it could stand
/// for several architectures. A word that is further away may well mean another one: amd64 and arm64 differ in two
/// letters.
[[nodiscard]] std::string nearest_architecture(std::string_view typed);
/// One of them that means nothing for a single kernel, as "--NAME"; empty if none was given. Limits and jobs do no
/// harm.
[[nodiscard]] std::string tree_word_of(const ParsedLine& line);

/// Some of them, for commands that take no others. Throw UsageError.
[[nodiscard]] OptionSpec jobs_option();
[[nodiscard]] OptionSpec kernel_size_option();
[[nodiscard]] std::size_t jobs_of(const ParsedLine& line);
[[nodiscard]] archive::UnpackLimits limits_of(const ParsedLine& line);

}  // namespace minbtf::cli
