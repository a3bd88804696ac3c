// SPDX-License-Identifier: BSD-2-Clause
// The three comparisons of CO-RE. fields_are_compat() serves field relocations; types_are_compat() serves type_exists,
// type_size and type_id_target; types_match() serves type_matches. Source: libbpf src/relo_core.c,
// bpf_core_fields_are_compat(), __bpf_core_types_are_compat() and __bpf_core_types_match(). compat.cpp lists their
// rules.
#pragma once

#include <cstdint>

#include "core/walk.hpp"

namespace minbtf::core {

/// Returns yes if libbpf accepts a member of type `target_id` for a member of type `local_id`. Two composites are
/// always compatible. Other types need the same kind; names count only for enums and forward declarations, and elements
/// of arrays are compared in turn. Fails with endless_type for arrays in a loop.
[[nodiscard]] Answer fields_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                       std::uint32_t target_id);

/// Returns yes if two types of the same essential name are of the same kind, and so are the types behind pointers,
/// arrays and prototypes. Members and enumerators are not compared. Fails with bad_type beyond 32 levels.
[[nodiscard]] Answer types_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                      std::uint32_t target_id);

/// Returns yes if the target has everything that the local type has, as bpf_core_type_matches() does: members of the
/// same name and a matching type, enumerators of the same name, the same size, the same array lengths. Behind a
/// pointer, only kind and name of a composite count. Fails with bad_type beyond 32 levels.
[[nodiscard]] Answer types_match(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                                 std::uint32_t target_id);

}  // namespace minbtf::core
