// JSON Schema (draft 2020-12), as much of it as docs/*.schema.json use.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace minbtf::test {

/// What is wrong with the document, "PLACE: WHAT" with the place as a JSON pointer; nothing if it is valid. Throws
/// std::logic_error for a keyword that is not known here, anywhere in the schema: passing over it would be a yes.
[[nodiscard]] std::vector<std::string> schema_faults(const nlohmann::json& schema, const nlohmann::json& document);

}  // namespace minbtf::test
