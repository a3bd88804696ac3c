// A struct of three members: what many cases about several candidates ask for.
#pragma once

#include <cstdint>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

[[nodiscard]] std::uint32_t u32(BtfForge& f);

/// struct s { unsigned int a, b, c; }
std::uint32_t abc(BtfForge& f);

/// A `struct s` whose members are at these byte offsets; a negative one is missing.
void target_abc(BtfForge& f, int a, int b, int c);

}  // namespace minbtf::test
