// Essential names: a name without its `___flavor` (libbpf.c, bpf_core_essential_name_len()).
#pragma once

#include <string_view>

namespace minbtf::btf {

/// "task_struct" of "task_struct___old". Three underscores with something other than an underscore on both sides
/// begin a flavor; the last such place counts.
constexpr std::string_view essential_name(std::string_view name) noexcept {
  for (std::size_t i = name.size() < 5 ? 0 : name.size() - 4; i-- > 0;) {
    if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_') {
      return name.substr(0, i + 1);
    }
  }
  return name;
}

}  // namespace minbtf::btf
