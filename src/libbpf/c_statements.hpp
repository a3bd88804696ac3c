// SPDX-License-Identifier: BSD-2-Clause
// Plans the C statements that declare some types. For a definition, libbpf's btf_dump also writes the definitions that
// it needs. For a declaration, such as that of a function, the caller has to write them. This file finds them.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

/// One statement in C.
struct Statement {
  enum class What : std::uint8_t {
    definition,  ///< the definition of `type`, and of the types that it needs
    forward,     ///< `struct NAME;`
    external,    ///< `extern`, with the name of the function or variable `named_by`
    alias,       ///< a `typedef` named `type_ID`, for a type that has no statement of its own (a pointer, an array)
  };
  What what = What::definition;
  std::uint32_t type = 0;
  std::uint32_t named_by = 0;
};

/// Statements in the order of writing.
struct Statements {
  std::vector<Statement> statements;
  bool has_record = false;  ///< true if a statement uses a struct or union
};

/// Returns the statements for the types `ids` and for the types that they need. No id may be 0 (`void`). Throws Error
/// where CheckForC does. Also throws Error (unsupported) for a DECL_TAG, and Error (damaged) for a DATASEC with an
/// entry that is not a variable.
[[nodiscard]] Statements plan_statements(const btf::View& btf, const std::vector<std::uint32_t>& ids);

}  // namespace minbtf::libbpf
