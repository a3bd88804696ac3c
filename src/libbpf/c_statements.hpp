// In which statements C says what some types are. libbpf's btf_dump defines what a definition needs; around a
// declaration, as that of a function, it leaves that to its caller, which is done here.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

struct Statement {
  enum class What : std::uint8_t {
    definition,  ///< of `type`, and of what it needs
    forward,     ///< `struct NAME;`
    external,    ///< `extern`, with the name of the function or variable `named_by`
    alias,       ///< `typedef`, called `type_ID`: for what has no statement of its own
  };
  What what = What::definition;
  std::uint32_t type = 0;
  std::uint32_t named_by = 0;
};

struct Statements {
  std::vector<Statement> statements;
  bool has_record = false;  ///< some statement is about a struct or union
};

/// For each of `ids` what it needs, and itself. None may be `void`. Throws Error where CheckForC does, and unsupported
/// for a DECL_TAG.
[[nodiscard]] Statements plan_statements(const btf::View& btf, const std::vector<std::uint32_t>& ids);

}  // namespace minbtf::libbpf
