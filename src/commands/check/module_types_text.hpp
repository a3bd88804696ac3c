// SPDX-License-Identifier: BSD-2-Clause
// The part of the text of `check` about types that only modules have.
#pragma once

#include <string>
#include <vector>

#include "commands/check/check_result.hpp"

namespace minbtf::cli {

/// Returns a heading, and for each distinct ModuleRoot of all kernels one line or more, by type. Returns no lines if
/// no kernel has such a type. Lines have at most 100 bytes, unless a name is longer. Long lists of modules are cut
/// unless `verbose` is true.
[[nodiscard]] std::vector<std::string> module_types_text(const CheckResult& result, bool verbose);

}  // namespace minbtf::cli
