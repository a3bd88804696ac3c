// SPDX-License-Identifier: BSD-2-Clause
// What `objects` reports.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/object_search.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

/// Elements with the same index in the lists belong to the same object.
struct ObjectsReport {
  std::size_t files = 0;  ///< files that were read
  std::vector<std::string> files_without_objects{};
  std::vector<archive::FoundObject> objects{};
  std::vector<std::string> names{};
  std::string directory{};             ///< empty if nothing was to be written
  std::vector<std::string> written{};  ///< paths; empty as long as not all are written
};

/// Returns a line for each object, and a line with the totals. `all_places`: every place of an object; otherwise the
/// first, and the number of the others.
[[nodiscard]] std::vector<std::string> objects_lines(const ObjectsReport& report, bool all_places);

/// Adds the fields of docs/objects.md.
void add_objects(const ObjectsReport& report, Json& document);

}  // namespace minbtf::cli
