// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/version.hpp"

namespace minbtf {

// CMakeLists.txt defines MINBTF_VERSION for this file only, from the version of the project.
const char* version() noexcept { return MINBTF_VERSION; }

}  // namespace minbtf
