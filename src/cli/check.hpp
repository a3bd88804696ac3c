// `min-btf check`: what becomes of the objects' programs on one kernel or many.
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `check`. Fills `reply` as far as it comes; throws UsageError or minbtf::Error.
void check(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
