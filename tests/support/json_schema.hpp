// SPDX-License-Identifier: BSD-2-Clause
// A validator for the part of JSON Schema (draft 2020-12) that docs/*.schema.json use.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace minbtf::test {

/// Returns the faults of the document, each as "PLACE: WHAT" with a JSON pointer as the place; empty if the document is
/// valid. Throws std::logic_error for an unknown keyword anywhere in the schema, because ignoring a keyword would
/// accept invalid documents.
[[nodiscard]] std::vector<std::string> schema_faults(const nlohmann::json& schema, const nlohmann::json& document);

}  // namespace minbtf::test
