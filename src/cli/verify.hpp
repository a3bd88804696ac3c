// `min-btf verify`: is what is to be shipped as good as what it was made of?
#pragma once

#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// `arguments` are those after the word `verify`. Throws UsageError and Error.
void verify(const std::vector<std::string>& arguments, Reply& reply);

}  // namespace minbtf::cli
