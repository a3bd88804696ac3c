// The command line of `gen`.
#pragma once

#include <string>
#include <vector>

#include "cli/conditions.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct GenOptions {
  bool help = false;
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool verify = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::string output;
  std::vector<std::string> objects;
  TreeOptions tree;
  std::string tree_word;  ///< an option that was given and makes sense only for many kernels; empty if there is none
};

/// `arguments` are those after the word `gen`. Throws UsageError.
[[nodiscard]] GenOptions parse_gen_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string gen_help();

}  // namespace minbtf::cli
