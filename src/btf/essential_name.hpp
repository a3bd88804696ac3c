// SPDX-License-Identifier: BSD-2-Clause
// Essential names: names without their `___flavor`.
#pragma once

#include <string_view>

namespace minbtf::btf {

/// Returns the essential name: "task_struct" for "task_struct___old". libbpf's rules (libbpf.c,
/// bpf_core_essential_name_len() and bpf_core_is_flavor_sep()):
/// 1. A separator is exactly three underscores, with a byte other than an underscore before and after them.
/// 2. The last separator of a name counts: "a___b___c" -> "a___b".
/// 3. The essential name ends before the three underscores. A name without a separator stays as it is: "___a", "a___",
///    "a____b".
constexpr std::string_view essential_name(std::string_view name) noexcept {
  for (std::size_t i = name.size() < 5 ? 0 : name.size() - 4; i-- > 0;) {
    if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_') {
      return name.substr(0, i + 1);
    }
  }
  return name;
}

}  // namespace minbtf::btf
