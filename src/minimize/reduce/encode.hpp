// SPDX-License-Identifier: BSD-2-Clause
// Writes a selection as a BTF of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "minimize/reduce/canonical.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::minimize {

/// A written BTF, and the numbers of its parts.
struct Encoded {
  std::vector<std::uint8_t> bytes;  ///< the complete BTF, header included
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
};

/// Writes the selected types in the given order, in the byte order of `source`.
[[nodiscard]] Encoded encode(const btf::View& source, const Selection& selection, const CanonicalOrder& order);

}  // namespace minbtf::minimize
