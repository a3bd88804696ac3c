// `min-btf dump`.
#pragma once

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Throws UsageError or minbtf::Error.
void dump(const ParsedLine& line, Reply& reply);

}  // namespace minbtf::cli
