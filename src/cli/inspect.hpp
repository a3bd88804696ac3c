// `min-btf inspect`: what objects ask of a kernel.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `inspect`. Throws UsageError and Error.
void inspect(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
