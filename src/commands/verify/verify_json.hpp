// SPDX-License-Identifier: BSD-2-Clause
// The report of `verify` as JSON: docs/verify.md describes the fields.
#pragma once

#include <functional>

#include "cli/reply.hpp"
#include "commands/verify/verify_kernel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// Returns a function that adds the report to a document. The function may be called once, and does not refer to the
/// report or the plan.
[[nodiscard]] std::function<void(Json& document)> verify_json(const VerifyReport& report, const archive::Plans& plans);

}  // namespace minbtf::cli
