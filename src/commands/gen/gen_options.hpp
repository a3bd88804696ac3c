// SPDX-License-Identifier: BSD-2-Clause
// The command line of `gen`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/input/object_list.hpp"
#include "archive/output/tree_outputs.hpp"
#include "cli/command_line.hpp"
#include "cli/conditions.hpp"
#include "cli/tree_options.hpp"
#include "commands/gen/output_form.hpp"
#include "minbtf/keep.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

struct GenTreeOptions : TreeOptions {
  bool follow_directory_links = true;
  archive::Dedupe dedupe = archive::Dedupe::content;
  archive::EqualOutputs equal = archive::EqualOutputs::symlink;  ///< --links
  std::string manifest{};                                        ///< empty: no manifest
  bool manifest_sha256 = false;                                  ///< digests of sources and objects too
  std::string cache{};                                           ///< empty: no cache
  /// The first given option that makes no sense for an archive as OUTPUT, as "--NAME"; empty if there is none.
  std::string only_for_directory{};
  bool prune = false;          ///< remove outputs that the manifest lists and this run does not make
  bool names_filters = true;   ///< warn of filters without effect: --include and --arch are the user's
  bool removes_stale = false;  ///< remove other reduced BTF in the directories of OUTPUT, as btfgen.sh does
};

struct GenOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool verify = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::string output;
  std::optional<PackageForm> format{};  ///< --format
  archive::ModuleOptions modules{};
  std::vector<std::string> objects;
  archive::ObjectSelection object_selection{};
  std::vector<Keep> keeps{};       ///< sorted, each once
  Layout layout = Layout::normal;  ///< --keep-layout
  GenTreeOptions tree;
};

[[nodiscard]] const CommandLine& gen_command_line();
/// Returns the values of the options and arguments of the line. Throws UsageError.
[[nodiscard]] GenOptions gen_options(const ParsedLine& line);

[[nodiscard]] std::string gen_help();

}  // namespace minbtf::cli
