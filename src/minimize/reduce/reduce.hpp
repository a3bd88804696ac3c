// From the answers on a whole kernel to a smaller one that gives the same.
#pragma once

#include "minimize/query/outcome_table.hpp"
#include "minimize/reduce/encode.hpp"

namespace minbtf::minimize {

/// Throws Error (internal) if no selection was found that keeps every outcome; nothing wrong is ever returned.
[[nodiscard]] Encoded reduce(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table);

}  // namespace minbtf::minimize
