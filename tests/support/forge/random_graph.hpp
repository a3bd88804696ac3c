// Random type graphs over few names, and the same graph as another kernel might have it.
//
// Left out is what libbpf 1.1 does not survive: typedefs, qualifiers and arrays refer to earlier types only, so that
// they are no loops; bitfields are integers and enums that have a size; and the last type has what it may read behind
// the type before.
#pragma once

#include "support/forge/dice.hpp"
#include "support/forge/type_graph.hpp"

namespace minbtf::test {

/// Some twenty types.
[[nodiscard]] TypeGraph random_graph(Dice& dice);

/// With up to ten changes of the kinds that kernels make: members come, go, move, change their types or get into
/// anonymous structs, types get flavors and are there twice, enums become 64 bits wide, pointers lead to void.
[[nodiscard]] TypeGraph changed_graph(Dice& dice, TypeGraph graph);

}  // namespace minbtf::test
