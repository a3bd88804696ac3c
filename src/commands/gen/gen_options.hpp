// The command line of `gen`.
#pragma once

#include <string>
#include <vector>

#include "archive/input/object_list.hpp"
#include "archive/output/tree_outputs.hpp"
#include "cli/command_line.hpp"
#include "cli/conditions.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct GenTreeOptions : TreeOptions {
  bool follow_directory_links = true;
  archive::Dedupe dedupe = archive::Dedupe::content;
  archive::EqualOutputs equal = archive::EqualOutputs::symlink;  ///< --links
  std::string manifest{};                                        ///< empty: none
  bool manifest_sha256 = false;                                  ///< also of sources and objects
  std::string cache{};                                           ///< empty: none
  bool prune = false;          ///< remove what the manifest lists and this run did not make
  bool names_filters = true;   ///< the user gave --include and --arch, and can mend them
  bool removes_stale = false;  ///< remove other reduced BTF in the output's directories, as btfgen.sh does
};

struct GenOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool verify = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::string output;
  std::vector<std::string> objects;
  archive::ObjectSelection object_selection{};
  GenTreeOptions tree;
  std::string tree_word;  ///< an option that was given and makes sense only for many kernels; empty if there is none
};

[[nodiscard]] const CommandLine& gen_command_line();
/// What the line says. Throws UsageError.
[[nodiscard]] GenOptions gen_options(const ParsedLine& line);

[[nodiscard]] std::string gen_help();

}  // namespace minbtf::cli
