// What can be said about a run over many kernels.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/path_selection.hpp"
#include "archive/unpack.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

struct TreeOptions {
  std::size_t jobs = 1;
  archive::SelectionRules selection;
  archive::UnpackLimits limits;
  bool follow_directory_links = true;
  bool finds_equal = true;     ///< --dedupe=content
  bool links = true;           ///< --links=symlink
  std::string manifest;        ///< empty: none
  std::string cache;           ///< empty: none
  bool prune = false;          ///< remove what the manifest lists and this run did not make
  bool removes_stale = false;  ///< remove other reduced BTF in the output's directories, as btfgen.sh does
};

/// What --jobs, --include, --exclude and --arch, and --max-kernel-size, --max-members and --max-path say; defaults for
/// those that the line does not have. Throw UsageError.
[[nodiscard]] std::size_t jobs_of(const ParsedLine& line);
[[nodiscard]] archive::SelectionRules selection_of(const ParsedLine& line);
[[nodiscard]] archive::UnpackLimits limits_of(const ParsedLine& line);

/// A positive number of threads. Throws UsageError.
[[nodiscard]] std::size_t parse_jobs(const std::string& word);

/// A number, or one of bytes with K, M or G (powers of 1024) behind it. Throws UsageError that names `option`.
[[nodiscard]] std::uint64_t parse_size(const std::string& option, const std::string& word);
[[nodiscard]] std::size_t parse_count(const std::string& option, const std::string& word);

/// Words between commas, of several such lists.
[[nodiscard]] std::vector<std::string> split_lists(const std::vector<std::string>& lists);

}  // namespace minbtf::cli
