// SPDX-License-Identifier: BSD-2-Clause
// A struct of three members, for tests with several candidates.
#pragma once

#include <cstdint>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

[[nodiscard]] std::uint32_t u32(BtfForge& f);

/// Adds struct s { unsigned int a, b, c; } and returns its id.
std::uint32_t abc(BtfForge& f);

/// Adds a `struct s` whose members are at these byte offsets. A member with a negative offset is left out.
void target_abc(BtfForge& f, int a, int b, int c);

}  // namespace minbtf::test
