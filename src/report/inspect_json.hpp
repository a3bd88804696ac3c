// Inspections as JSON; docs/inspect.md says what the fields mean.
#pragma once

#include "report/inspect.hpp"
#include "report/json.hpp"

namespace minbtf::report {

/// Adds objects that together ask `questions` different ones; `skipped` files were no objects.
void add_inspections(Json& document, const std::vector<Inspection>& objects, std::size_t questions,
                     std::size_t skipped);

}  // namespace minbtf::report
