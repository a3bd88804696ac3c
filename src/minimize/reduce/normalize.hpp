// SPDX-License-Identifier: BSD-2-Clause
// Writes what no question reads in one way, so that kernels with equal answers have equal files.
//
// Every rule names what makes the difference invisible. relo_core.c and btf.c are libbpf's.
//  1. Typedefs, qualifiers and type tags between two types are left out. skip_mods_and_typedefs() and
//     btf__resolve_size() pass them. A typedef that is a candidate stays, since bpf_core_add_cands() compares kinds.
//  2. The members of an anonymous struct or union are written as members of the composite that holds it, with its
//     offset added. bpf_core_match_member() searches anonymous members in the same order, and adds up the offsets. Not
//     if bpf_core_composites_match() reads the members, or is_flex_arr() the place of a member.
//  3. Structs and unions have no name, except candidates: bpf_core_fields_are_compat() and
//     __bpf_core_types_are_compat() do not compare the names of composites. __bpf_core_types_match() does. Enums at the
//     end of a path keep the name that the local enum has as well: aya compares it.
//  4. An INT of which nothing is read is `char`, which fits wherever the INT did. If its size or encoding is read, the
//     rest is that of an INT of C. bpf_core_fields_are_compat() only requires that an INT has no bit offset. The names
//     are not among those from which determine_ptr_size() derives the pointer size. If an outcome depends on the
//     pointer size, the INT that gives it is `long int`, and serves as the INT of its size too.
//  5. A size that nothing reads is the smallest that holds the kept members. The size of a type is read by
//     bpf_core_calc_type_relo(), by bpf_core_calc_field_relo() for the size of a field, by bpf_core_spec_match() for an
//     element with an index other than 0, and by bpf_core_calc_relo() for loads of a field whose offset is asked.
//  6. An ARRAY has the smallest length that has all elements on paths, if nothing reads its size. Its index type is
//     the smallest of these INTs.
//  7. The offset of a member is 0 if only questions read the member whose value is no offset, such as field_exists.
//     bpf_core_calc_relo_insn() compares the offsets of candidates, so this needs a single candidate.
//  8. Members are sorted by offset and name, enumerators by name. The first one of a name is found, so this needs
//     distinct names.
//  9. The value of an enumerator is 0 if only its existence is asked. An enum without negative values has no kind_flag.
// 10. Parameters have no names: nothing compares them.
// Kinds stay, also those of ENUM and ENUM64, which aya distinguishes.
//
// Worked example: the offset of `s.b` and the existence of `s.c` are asked.
//
//     typedef unsigned int u32;
//     struct s { struct { const u32 a; const u32 b; }; struct list { void *x; } c; long d; };   // 40 bytes
//
// becomes
//
//     struct s { struct {} c; int b; };                                         // 8 bytes; c at 0, b at 4
#pragma once

#include <set>
#include <string_view>

#include "minimize/reduce/graph.hpp"
#include "minimize/reduce/read_parts.hpp"

namespace minbtf::minimize {

struct NormalGraph {
  Graph graph;
  /// True if another reduction of the result may leave out more. Some reads are noted for all uses of a type. In the
  /// result each use may have a type of its own, which needs less:
  ///  - members of a composite that became members of another type,
  ///  - the size, encoding or length of a type that is read for the type itself,
  ///  - types that are written as they are.
  bool can_shrink = false;
};

/// The essential names of the roots of a plan, and of what is kept by name.
struct RootNames {
  std::set<std::string_view> all = {};
  /// Those that several kinds of roots have. cilium/ebpf looks at the types of all kinds, and compares sizes of
  /// candidates (btf/core.go, coreCalculateFixups()): these types keep their sizes.
  std::set<std::string_view> of_several_kinds = {};
};

/// Returns the graph of what can be reached from ReadParts::roots() and Graph::pointer_ints, normalised. No type
/// gets one of `names` that it did not have. Types that are roots keep their ids.
[[nodiscard]] NormalGraph normalize(const Graph& graph, const ReadParts& read, const RootNames& names);

}  // namespace minbtf::minimize
