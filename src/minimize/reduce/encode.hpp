// SPDX-License-Identifier: BSD-2-Clause
// Writes a graph of types as BTF.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "minimize/reduce/canonical.hpp"
#include "minimize/reduce/graph.hpp"

namespace minbtf::minimize {

/// A written BTF, and the numbers of its parts.
struct Encoded {
  std::vector<std::uint8_t> bytes;  ///< the complete BTF, header included
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
};

/// Writes the types of the graph in the given order.
[[nodiscard]] Encoded encode(const Graph& graph, const CanonicalOrder& order, ByteOrder byte_order);

}  // namespace minbtf::minimize
