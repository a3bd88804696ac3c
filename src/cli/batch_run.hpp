// SPDX-License-Identifier: BSD-2-Clause
// Parts of a run over kernels that all commands share: progress, errors, and warnings about options without effect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/input/path_selection.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Runs archive::run_batch(), and shows the progress in one line on a terminal, unless `quiet`.
[[nodiscard]] archive::Batch run_batch(archive::Input& input, archive::ProcessRequest request, bool quiet);

/// Prints one error for each fault on stderr, in the order of paths, and adds each error to the reply. With at least
/// one fault the run has failed (exit_failed). Errors whose reason is in `frequent` are printed for the first three
/// kernels, with the number of the others; the reply has all.
void report_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply,
                   const std::set<std::string>& frequent = {});

/// Warns of each word of --include and --arch that matches none of `paths`, the paths of the kernels of this run: the
/// word may be mistyped.
void warn_unmatched_filters(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply);

/// Warns of `kernels` i386 kernels that --arch=x86 did not select: a user may expect `x86` to mean the whole family.
void warn_of_missed_i386(std::size_t kernels, Reply& reply);

/// Throws UsageError if `option` ("--NAME", or empty) makes sense only for a directory or an archive, and the input is
/// one kernel. `role` is the name of the input in the command's help, such as "INPUT".
void refuse_tree_option(const std::string& option, const archive::Input& input, const char* role);

/// Returns "97.4 MB": powers of 1000, with one digit after the point.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// Returns "5 other files ignored (2 of kernel modules)".
[[nodiscard]] std::string ignored_text(std::size_t ignored, std::size_t modules);

/// Returns "; 2 files of kernel modules ignored" for a summary that does not count other files; empty if there are
/// none.
[[nodiscard]] std::string modules_text(std::size_t modules);

/// Numbers of files that a run over many kernels left out.
struct LeftOut {
  std::size_t ignored = 0;
  std::size_t modules = 0;  ///< ignored files that hold the BTF of a kernel module
  std::size_t unselected = 0;
};

/// Throws Error (wrong_file): the input was read without an error, and holds no selected kernel.
[[noreturn]] void refuse_empty(const std::string& input, const archive::SelectionRules& rules, const LeftOut& left_out);

}  // namespace minbtf::cli
