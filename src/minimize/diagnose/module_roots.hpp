// SPDX-License-Identifier: BSD-2-Clause
// Finds the roots that only modules have, and compares what the modules answer.
#pragma once

#include <vector>

#include "minbtf/module_root.hpp"
#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// Returns the roots of `plan` that modules of `kernel` have and vmlinux has not, by ModuleRoot::type. `table` has the
/// outcomes on `kernel`. Throws Error (unsupported) if there are more modules and relocations than can be compared.
[[nodiscard]] std::vector<ModuleRoot> module_roots(const QueryPlan& plan, const OutcomeTable& table,
                                                   const btf::View& kernel);

}  // namespace minbtf::minimize
