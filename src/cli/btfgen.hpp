// `min-btf btfgen`: what BTFHub's tools/btfgen.sh does, in a checkout of BTFHub.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `btfgen`. Fills `reply` as far as it comes; throws UsageError or minbtf::Error.
void btfgen(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
