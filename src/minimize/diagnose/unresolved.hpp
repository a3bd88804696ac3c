// SPDX-License-Identifier: BSD-2-Clause
// Finds the relocations that do not resolve on one kernel, or resolve to a truncated value, and explains them.
#pragma once

#include <vector>

#include "minbtf/explanation.hpp"
#include "minimize/query/resolved.hpp"

namespace minbtf::minimize {

/// Returns the unresolved relocations by object, record and program. `table` has the outcomes on `kernel`, and
/// `resolved` the resolutions from `table`. Throws Error (unsupported) if the programs of an object call too many
/// subprograms.
[[nodiscard]] std::vector<UnresolvedRelocation> find_unresolved(const Resolved& resolved, const OutcomeTable& table,
                                                                const btf::View& kernel);

}  // namespace minbtf::minimize
