// JSON documents keep the order in which they were filled.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace minbtf::report {

using Json = nlohmann::ordered_json;

}  // namespace minbtf::report
