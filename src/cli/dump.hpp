// `min-btf dump`.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// Throws UsageError or minbtf::Error.
void dump(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
