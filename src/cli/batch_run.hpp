// What all commands over kernels do around a run: its progress, its errors, and what was asked of it in vain.
#pragma once

#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/input/path_selection.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// As archive::run_batch(), with a line on a terminal that says how far it is, unless `quiet`.
[[nodiscard]] archive::Batch run_batch(archive::Input& input, archive::ProcessRequest request, bool quiet);

/// One error each, in the order of paths, for the reply and on stderr; with any, the run has failed.
void report_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply);

/// Warns of each word of --include and --arch that fits none of `paths`, of kernels: it may be mistyped.
void warn_unmatched_filters(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply);

/// Warns of kernels that somebody who says `x86` for all kernels of that family may miss.
void warn_of_missed_i386(std::size_t kernels, Reply& reply);

/// Throws UsageError if `option` ("--NAME", or empty) is about many kernels, and the input is one. `role` is what the
/// command calls the input.
void refuse_tree_option(const std::string& option, const archive::Input& input, const char* role);

/// "5 other files ignored (2 of kernel modules)".
[[nodiscard]] std::string ignored_text(std::size_t ignored, std::size_t modules);

/// For a summary that counts no other files: "; 2 files of kernel modules ignored", or nothing.
[[nodiscard]] std::string modules_text(std::size_t modules);

/// What a run over many kernels left out.
struct LeftOut {
  std::size_t ignored = 0;
  std::size_t modules = 0;  ///< of the ignored
  std::size_t unselected = 0;
};

/// Throws Error (wrong_file) for an input in which nothing is wrong and no kernel was found.
[[noreturn]] void refuse_empty(const std::string& input, const archive::SelectionRules& rules, const LeftOut& left_out);

}  // namespace minbtf::cli
