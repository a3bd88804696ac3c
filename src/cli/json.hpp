// The JSON document of `--json`. The only user of nlohmann-json in the tool.
#pragma once

#include <string>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// One document and a newline. Bytes that are no UTF-8, as paths may have them, become U+FFFD.
[[nodiscard]] std::string to_json(const Reply& reply);

/// The document of a run that is interrupted, made beforehand.
[[nodiscard]] std::string interrupted_json();

}  // namespace minbtf::cli
