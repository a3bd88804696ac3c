// What `verify` found out, as JSON: docs/verify.md describes it.
#pragma once

#include <functional>

#include "minbtf/plan.hpp"
#include "report/json.hpp"
#include "report/verify_kernel.hpp"

namespace minbtf::report {

/// Adds it to a document, once. The report and the plan are not needed any more then.
[[nodiscard]] std::function<void(Json& document)> verify_json(const VerifyReport& report, const Plan& plan);

}  // namespace minbtf::report
