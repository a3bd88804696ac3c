// SPDX-License-Identifier: BSD-2-Clause
// What a type id means outside of its BTF: type_id_target resolves to an id, which differs from BTF to BTF.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "btf/view.hpp"

namespace minbtf::minimize {

/// Two ids of two BTFs name the same type if their identities are equal.
struct TypeIdentity {
  btf::Kind kind = btf::Kind::void_;
  std::string_view name = {};  ///< in the strings of the BTF
  std::uint32_t size = 0;      ///< in bytes; 0 if the kind has no size

  auto operator<=>(const TypeIdentity&) const = default;
};

/// Returns the identity of type `id`; id 0 is `void`, no type.
[[nodiscard]] inline TypeIdentity identity_of(const btf::View& btf, std::uint32_t id) {
  if (id == 0) return {};
  const btf::Type type = btf.type(id);
  const bool has_size = btf::shape(type.kind).third == btf::Third::size;
  return {.kind = type.kind, .name = btf.string(type.name_off), .size = has_size ? type.size_or_type : 0};
}

}  // namespace minbtf::minimize
