// The relocations that one kernel does not resolve, and why.
#pragma once

#include <vector>

#include "minbtf/explanation.hpp"
#include "minimize/query/resolved.hpp"

namespace minbtf::minimize {

/// By object, record and program. Throws Error (unsupported). `table` is that of `kernel`, `resolved` what came of it.
[[nodiscard]] std::vector<UnresolvedRelocation> find_unresolved(const Resolved& resolved, const OutcomeTable& table,
                                                                const btf::View& kernel);

}  // namespace minbtf::minimize
