// SPDX-License-Identifier: BSD-2-Clause
// A check of the law: every relocation is resolved on the reduced BTF as on the full BTF.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"

namespace minbtf::test {

/// What wrong_with_reduction() returns if libbpf refuses the result.
inline constexpr auto refused_by_libbpf = "libbpf refuses the result";

/// Reduces `full` for a plan of one object. Returns what is wrong; empty if libbpf accepts the result, the result has
/// the kernel's byte order, a second reduction changes nothing, and each relocation has the same outcome as before, for
/// all programs together and for the first few alone. Exceptions of Plan::minimize() are passed on.
[[nodiscard]] std::string wrong_with_reduction(const Plan& plan, const Btf& full);

}  // namespace minbtf::test
