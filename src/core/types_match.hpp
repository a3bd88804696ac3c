// The strict comparison of bpf_core_type_matches(). Reference: libbpf src/relo_core.c, __bpf_core_types_match().
#pragma once

#include <cstdint>

#include "core/walk.hpp"

namespace minbtf::core {

/// Has the target everything that the local type has: members by name and matching type, enumerators by name, equal
/// sizes and array lengths; behind a pointer only kind and name of a composite count.
/// Fails with bad_type beyond 32 levels.
[[nodiscard]] Answer types_match(const Side& local, std::uint32_t local_id, const Side& target,
                                 std::uint32_t target_id);

}  // namespace minbtf::core
