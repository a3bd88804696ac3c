// The part of `gen` that reduces one kernel's BTF.
#pragma once

#include "cli/gen_options.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Fills `reply` as far as it comes. False, with nothing done, if INPUT is a tar that is a tree of kernels.
/// Throws UsageError or minbtf::Error.
[[nodiscard]] bool gen_kernel(const GenOptions& options, Reply& reply);

}  // namespace minbtf::cli
