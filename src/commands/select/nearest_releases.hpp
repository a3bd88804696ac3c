// SPDX-License-Identifier: BSD-2-Clause
// A hint if nothing is found: the nearest releases in REDUCED.
#pragma once

#include <string>
#include <vector>

#include "commands/select/stored_kernels.hpp"
#include "minbtf/bundle.h"

namespace minbtf::cli {

/// Returns the paths of kernels of the system's machine with the next lower and the next higher release. If REDUCED has
/// kernels of the machine with the system's ID and VERSION_ID, only these count; otherwise those with its ID; otherwise
/// all. If some of these have the flavour of the release, only they count. At most `most` paths for each of the two
/// releases.
[[nodiscard]] std::vector<std::string> nearest_releases(const std::vector<StoredKernel>& kernels,
                                                        const minbtf_system& system, std::size_t most);

}  // namespace minbtf::cli
