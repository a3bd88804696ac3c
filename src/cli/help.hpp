// `min-btf help` and `min-btf --version`.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `help`. Throws UsageError for a command that does not exist.
void help(const std::vector<std::string>& arguments, Reply& reply);

void version(Reply& reply);

}  // namespace minbtf::cli
