// SPDX-License-Identifier: BSD-2-Clause
// Gives kernels on which libbpf resolves every relocation alike the same reduced BTF (gen --dedupe=answers).
//
// The reduced BTF of two such kernels can differ in parts that decide nothing: the flavor in the name of a candidate,
// for example. A kernel then gets the reduced BTF of the first such kernel.
#pragma once

#include <cstddef>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/batch/plans.hpp"

namespace minbtf::archive {

/// Gives each kernel the content of the first kernel in path order
///  - with the same plan (Plans::plan_for()) and byte order,
///  - on whose reduced BTF libbpf resolves every relocation alike (Plan::answers(), Plan::compare()),
///  - that has the same parts that are kept by name, and no others (Plan::compare(), in both directions).
/// KernelFigures::types, members and enumerators become those of that content. Nothing depends on the full BTF of the
/// kernels, so results from a cache and from a pack are shared like others.
///
/// The results of `kernels` are ReducedKernel; `kernels` are sorted by path, and equal contents have one address
/// (ContentStore). `records` are their sources. Returns the number of kernels whose content has changed. Throws Error
/// (internal) if Plan::compare() finds a relocation that resolves differently although the answers are equal.
[[nodiscard]] std::size_t share_answers(std::vector<NamedKernel>& kernels, const std::vector<SourceRecord>& records,
                                        const Plans& plans);

}  // namespace minbtf::archive
