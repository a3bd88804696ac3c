// `min-btf inspect`: what objects ask of a kernel.
#pragma once

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Throws UsageError and Error.
void inspect(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
