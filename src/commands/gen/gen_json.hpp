// What `gen` did, in JSON: docs/json.md describes the fields.
#pragma once

#include "cli/reply.hpp"
#include "commands/gen/gen_report.hpp"

namespace minbtf::cli {

/// Adds everything to the document.
void add_gen(const GenReport& report, Json& document);

}  // namespace minbtf::cli
