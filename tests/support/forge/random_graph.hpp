// SPDX-License-Identifier: BSD-2-Clause
// Random type graphs with few names, and a changed copy of a graph, as another kernel might have it.
//
// Input that libbpf 1.1 cannot handle is left out: typedefs, qualifiers and arrays refer only to earlier types and so
// form no loops; bitfields have types with a size (integers and enums); the last type is an INT, because libbpf may
// read the word that follows the `struct btf_type` of the last type.
#pragma once

#include "support/forge/dice.hpp"
#include "support/forge/type_graph.hpp"

namespace minbtf::test {

/// Makes a graph of about twenty types, with chains of typedefs and qualifiers, anonymous structs in anonymous structs,
/// and arrays without elements at their ends.
[[nodiscard]] TypeGraph random_graph(Dice& dice);

/// Returns the graph with up to ten changes of kinds that occur in real kernels: members are added, removed, moved, get
/// another type, move into anonymous structs or out of them; typedefs and qualifiers are added and removed; integers
/// and structs get other names and sizes; types get flavors or are duplicated; enums become 64 bits wide; pointers
/// point to void.
[[nodiscard]] TypeGraph changed_graph(Dice& dice, TypeGraph graph);

/// Returns the graph without the loops that types in C cannot have: no type contains itself, and every loop leads
/// through a pointer to a type with a name. The reference that closes a loop leads to a pointer or to an int.
[[nodiscard]] TypeGraph without_loops(TypeGraph graph);

}  // namespace minbtf::test
