// `min-btf gen`: the BTF of one kernel or many, reduced for a set of objects.
#pragma once

#include <string>
#include <vector>

#include "cli/gen_options.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `gen`. Fills `reply` as far as it comes; throws UsageError or minbtf::Error.
void gen(const std::vector<std::string>& arguments, Reply& reply);

/// The same, for a command line that was read already.
void run_gen(const GenOptions& options, Reply& reply);

}  // namespace minbtf::cli
