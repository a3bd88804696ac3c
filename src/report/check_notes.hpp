// What `check` says beneath its table, before the figures.
#pragma once

#include <string>
#include <vector>

#include "report/check_json.hpp"

namespace minbtf::report {

/// Lines of at most 100 bytes, as far as names allow it: of objects that relocating does not help where a kernel has no
/// BTF, and of kernels with two files.
[[nodiscard]] std::vector<std::string> check_notes(const CheckFacts& facts);

}  // namespace minbtf::report
