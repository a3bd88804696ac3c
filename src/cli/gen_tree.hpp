// The part of `gen`, and all of `btfgen`, that reduces the kernels of a directory or an archive.
#pragma once

#include <string>
#include <vector>

#include "cli/gen_options.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// INPUT is a directory, or, with `is_tar`, a tar. Fills `reply` as far as it comes; throws UsageError or
/// minbtf::Error.
void gen_tree(const GenOptions& options, bool is_tar, Reply& reply);

}  // namespace minbtf::cli
