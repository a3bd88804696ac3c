// The command line of `verify`.
#pragma once

#include <string>
#include <vector>

#include "cli/tree_options.hpp"

namespace minbtf::cli {

struct VerifyOptions {
  bool help = false;
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool loader = false;  ///< --oracle=libbpf
  std::string full;
  std::string reduced;
  std::vector<std::string> objects;
  TreeOptions tree;
  std::string tree_word;  ///< an option that was given and makes sense only for trees; empty if there is none
};

/// `arguments` are those after the word `verify`. Throws UsageError.
[[nodiscard]] VerifyOptions parse_verify_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string verify_help();

}  // namespace minbtf::cli
