// What libbpf's loader said, as it goes from one process to another.
#pragma once

#include <string>

#include "report/loader_log.hpp"
#include "report/loader_oracle.hpp"

namespace minbtf::report {

[[nodiscard]] std::string to_text(const LoaderLog& log);
[[nodiscard]] LoaderLog log_from(const std::string& text);

[[nodiscard]] std::string to_text(const LoaderComparison& comparison);
[[nodiscard]] LoaderComparison comparison_from(const std::string& text);

}  // namespace minbtf::report
