// SPDX-License-Identifier: BSD-2-Clause
// Types before they are written as BTF. Random graphs are built and changed in this form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

/// One type. Fields that its kind does not use are ignored.
struct GraphType {
  btf::Kind kind = btf::Kind::void_;
  std::string name = {};
  std::uint32_t bytes = 0;     ///< size
  std::uint32_t type = 0;      ///< the referenced type; for a prototype the return type, for an array the element type
  bool flag = false;           ///< a signed enum, a forward declaration of a union
  std::uint32_t encoding = 0;  ///< encoding of an integer, as in BtfForge::integer(), as are `bits` and `offset`
  std::uint32_t bits = 0;
  std::uint32_t offset = 0;
  std::uint32_t nelems = 0;
  std::vector<ForgedMember> members = {};
  std::vector<ForgedEnumerator> values = {};
  std::vector<ForgedParam> params = {};
};

/// Type id N is element N - 1.
using TypeGraph = std::vector<GraphType>;

/// Adds all types after those that `forge` has, and shifts the ids in the graph accordingly.
void put_down(const TypeGraph& graph, BtfForge& forge);

}  // namespace minbtf::test
