// The command line of `inspect`.
#pragma once

#include <string>
#include <vector>

namespace minbtf::cli {

struct InspectOptions {
  bool help = false;
  bool verbose = false;
  std::vector<std::string> objects;
};

/// `arguments` are those after the word `inspect`. Throws UsageError.
[[nodiscard]] InspectOptions parse_inspect_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string inspect_help();

}  // namespace minbtf::cli
