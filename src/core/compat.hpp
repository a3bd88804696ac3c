// The three comparisons of CO-RE: fields for field relocations, types for type_exists, type_size and type_id_target,
// and the strict one for type_matches. Reference: libbpf src/relo_core.c, bpf_core_fields_are_compat(),
// bpf_core_types_are_compat() and __bpf_core_types_match().
#pragma once

#include <cstdint>

#include "core/walk.hpp"

namespace minbtf::core {

/// May a member of type `local_id` be read from a member of type `target_id`? Composites always; otherwise the kinds
/// have to be the same, names only of enums and forward declarations, elements of arrays in turn.
[[nodiscard]] Answer fields_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                       std::uint32_t target_id);

/// Are two types of the same essential name the same sort of thing, through pointers, arrays and prototypes?
/// Fails with bad_type beyond 32 levels.
[[nodiscard]] Answer types_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                      std::uint32_t target_id);

/// The strict comparison of bpf_core_type_matches(): has the target everything that the local type has: members by name
/// and matching type, enumerators by name, equal sizes and array lengths; behind a pointer only kind and name of a
/// composite count. Fails with bad_type beyond 32 levels.
[[nodiscard]] Answer types_match(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                 std::uint32_t target_id);

}  // namespace minbtf::core
