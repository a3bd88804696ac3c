// SPDX-License-Identifier: BSD-2-Clause
#include "io/real_path.hpp"

#include <algorithm>
#include <system_error>

namespace fs = std::filesystem;

namespace minbtf::io {

fs::path real_path(const fs::path& path) {
  std::error_code error;
  // weakly_canonical() resolves nothing of a relative path whose first part does not exist.
  fs::path real = fs::weakly_canonical(fs::absolute(path), error);
  if (error) real = fs::absolute(path).lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

}  // namespace minbtf::io
