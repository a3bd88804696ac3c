// SPDX-License-Identifier: BSD-2-Clause
// The report of `gen` as JSON: docs/json.md describes the fields.
#pragma once

#include "cli/reply.hpp"
#include "commands/gen/gen_report.hpp"

namespace minbtf::cli {

/// Adds the report to the document.
void add_gen(const GenReport& report, Json& document);

}  // namespace minbtf::cli
