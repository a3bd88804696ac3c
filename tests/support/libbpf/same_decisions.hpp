// The one law, checked: on what is left of a kernel everything is decided as on the whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"

namespace minbtf::test {

/// Reduces `full` for a plan of one object. Empty if libbpf accepts the result, it has the kernel's byte order,
/// reducing it once more changes nothing, and each relocation comes out as before, for all programs together and for
/// some alone; else what is wrong. What `minimize` throws is passed on.
[[nodiscard]] std::string wrong_with_reduction(const Plan& plan, const Btf& full);

}  // namespace minbtf::test
