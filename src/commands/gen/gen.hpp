// `min-btf gen`: the BTF of one kernel or many, reduced for a set of objects.
#pragma once

#include "cli/command_line.hpp"
#include "cli/reply.hpp"
#include "commands/gen/gen_options.hpp"

namespace minbtf::cli {

/// Fills `reply` as far as it comes; throws UsageError or minbtf::Error.
void gen(const ParsedLine& line, Reply& reply);

/// The same, for a command line that was read already.
void run_gen(const GenOptions& options, Reply& reply);

}  // namespace minbtf::cli
