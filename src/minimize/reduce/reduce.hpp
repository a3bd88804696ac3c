// SPDX-License-Identifier: BSD-2-Clause
// Makes a reduced BTF that has the same outcomes as the full BTF.
#pragma once

#include "minimize/query/outcome_table.hpp"
#include "minimize/reduce/encode.hpp"

namespace minbtf::minimize {

/// Returns the reduced BTF. `table` has the outcomes on `source`. Every result is evaluated before it is returned.
/// Throws Error (internal) if no selection was found that keeps every outcome.
[[nodiscard]] Encoded reduce(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table);

}  // namespace minbtf::minimize
