// Types before they are BTF: what random graphs are made of, and changed in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

/// One type. What its kind has no use for is ignored.
struct GraphType {
  btf::Kind kind = btf::Kind::void_;
  std::string name = {};
  std::uint32_t bytes = 0;     ///< size
  std::uint32_t type = 0;      ///< what it refers to; of a prototype what it returns, of an array its elements
  bool flag = false;           ///< a signed enum, a forward declaration of a union
  std::uint32_t encoding = 0;  ///< of an integer, as in BtfForge::integer(), with bit `offset`
  std::uint32_t offset = 0;
  std::uint32_t nelems = 0;
  std::vector<ForgedMember> members = {};
  std::vector<ForgedEnumerator> values = {};
  std::vector<ForgedParam> params = {};
};

/// Type id N is element N - 1.
using TypeGraph = std::vector<GraphType>;

/// Adds all types behind those that `forge` has; ids count from there.
void put_down(const TypeGraph& graph, BtfForge& forge);

}  // namespace minbtf::test
