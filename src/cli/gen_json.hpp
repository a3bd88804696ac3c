// What `gen` did, in JSON: docs/archives.md describes the fields.
#pragma once

#include "cli/gen_report.hpp"
#include "report/json.hpp"

namespace minbtf::cli {

/// Adds everything to the document.
void add_gen(const GenReport& report, report::Json& document);

}  // namespace minbtf::cli
