// SPDX-License-Identifier: BSD-2-Clause
// Types of modules that are written without their names, because vmlinux shadows them
// (core::CandidateFinder::shadowed()), and the reasons for which a result then differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "core/walk.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Returns the types of modules that vmlinux shadows for the questions and keeps of `plan`. Sorted.
[[nodiscard]] std::vector<std::uint32_t> shadowed_types(const QueryPlan& plan, const btf::View& source);

/// Returns the first type that `dependencies` need and that is written without its name, and the type of vmlinux that
/// shadows it, as the end of a sentence; empty if all types have their names. `shadowed` is sorted.
[[nodiscard]] std::string lost_name(const btf::View& source, std::span<const core::Dependency> dependencies,
                                    std::span<const std::uint32_t> shadowed);

/// Returns the sentence for a keep that needs a type with its name, where the type is written without it; empty if
/// modules are not the reason for a difference. `keep` is the index in QueryPlan::keeps.
[[nodiscard]] std::string lost_name_of_keep(const QueryPlan& plan, const btf::View& source, std::size_t keep);

}  // namespace minbtf::minimize
