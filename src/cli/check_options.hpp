// The command line of `check`.
#pragma once

#include <string>
#include <vector>

#include "cli/conditions.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct CheckOptions {
  bool help = false;
  bool verbose = false;
  bool quiet = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::vector<std::string> objects;
  TreeOptions tree;
  std::string tree_word{};  ///< an option that was given and makes sense only for many kernels; empty if there is none
};

/// `arguments` are those after the word `check`. Throws UsageError.
[[nodiscard]] CheckOptions parse_check_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string check_help();

}  // namespace minbtf::cli
