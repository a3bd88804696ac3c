// The command line of `btfgen`.
#pragma once

#include <string>
#include <vector>

#include "cli/gen_options.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `btfgen`; the result is what `gen` would be asked for. Throws UsageError.
[[nodiscard]] GenOptions parse_btfgen_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string btfgen_help();

}  // namespace minbtf::cli
