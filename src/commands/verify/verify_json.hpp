// What `verify` found out, as JSON: docs/verify.md describes it.
#pragma once

#include <functional>

#include "cli/reply.hpp"
#include "commands/verify/verify_kernel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// Adds it to a document, once. The report and the plan are not needed any more then.
[[nodiscard]] std::function<void(Json& document)> verify_json(const VerifyReport& report, const Plan& plan);

}  // namespace minbtf::cli
