// SPDX-License-Identifier: BSD-2-Clause
// Inspections as JSON. docs/inspect.md describes the fields.
#pragma once

#include "cli/reply.hpp"
#include "minbtf/inspection.hpp"

namespace minbtf::cli {

/// Adds the objects to the document. `questions` is the number of distinct questions of all objects together. `skipped`
/// files were not BPF objects, and `unselected` files were left out by --include-object or --exclude-object.
void add_inspections(Json& document, const std::vector<Inspection>& objects, std::size_t questions, std::size_t skipped,
                     std::size_t unselected);

}  // namespace minbtf::cli
