// SPDX-License-Identifier: BSD-2-Clause
// The version of the library.
#pragma once

#include "minbtf/cxx20.hpp"
#include "minbtf/export.hpp"

namespace minbtf {

/// Returns the version of the linked library, MAJOR.MINOR.PATCH: "0.2.0". `min-btf --version` prints the same version.
/// The string ends with NUL and is valid until the program ends.
[[nodiscard]] MINBTF_API const char* version() noexcept;

}  // namespace minbtf
