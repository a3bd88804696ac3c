// Inspections as JSON; docs/inspect.md says what the fields mean.
#pragma once

#include "cli/reply.hpp"
#include "minbtf/inspection.hpp"

namespace minbtf::cli {

/// Adds objects that together ask `questions` different ones; `skipped` files were no objects.
void add_inspections(Json& document, const std::vector<Inspection>& objects, std::size_t questions, std::size_t skipped,
                     std::size_t unselected);

}  // namespace minbtf::cli
