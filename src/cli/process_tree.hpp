// A task for every kernel of an input that is a directory or a tar.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/hash.hpp"
#include "archive/kernel_task.hpp"
#include "archive/named_kernels.hpp"
#include "archive/path_selection.hpp"
#include "archive/process_sources.hpp"
#include "archive/source_tree.hpp"
#include "cli/reply.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct TreeInput {
  std::string path;
  bool is_tar = false;
  bool follow_directory_links = true;
  std::string left_out{};  ///< a directory that is not looked into, as it is written to
};

/// What is kept from run to run, and what it hangs on.
struct KnownResults {
  archive::OutcomeCache* cache = nullptr;  ///< null: nothing is
  archive::Hash plan{};                    ///< of all that a result depends on besides the source and the selection
  bool hashes = false;                     ///< those of all sources are wanted
};

struct ProcessedTree {
  std::vector<archive::SourceRecord> records;
  std::vector<archive::SourceFault> faults;  ///< of all sources and kernels
  std::size_t ignored = 0;                   ///< other files
  std::size_t unselected = 0;                ///< by --include, --exclude, --arch
};

/// Shows how far it is, unless `quiet`. Throws Error for what concerns the whole input.
[[nodiscard]] ProcessedTree process_tree(const TreeInput& input, const archive::KernelTask& task,
                                         const archive::PathSelection& selection, const TreeOptions& options,
                                         bool quiet, const KnownResults& known = {});

/// One error each, in the order of paths, for the reply and on stderr; with any, the run has failed.
void tell_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply);

/// Warns of each word of --include and --arch that fits none of `paths`, of kernels: it may be mistyped.
void warn_of_idle_words(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply);
/// Paths of kernels that were taken: as they are in the input, and as their outputs are called.
[[nodiscard]] std::vector<std::string> taken_paths(const std::vector<archive::SourceRecord>& records,
                                                   const std::vector<archive::NamedKernel>& kernels);

/// Throws Error (wrong_file) for an input in which nothing is wrong and no kernel was found.
[[noreturn]] void refuse_empty(const std::string& input, std::size_t ignored, std::size_t unselected);

}  // namespace minbtf::cli
