// SPDX-License-Identifier: BSD-2-Clause
// What the user asks for about the modules of kernels.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

/// The modules that are used (--modules).
struct ModuleChoice {
  bool is_all = true;
  std::vector<std::string> names = {};  ///< used if `is_all` is false; as module_name_of() returns them

  [[nodiscard]] bool takes(std::string_view module) const {
    return is_all || std::ranges::find(names, module) != names.end();
  }
};

struct ModuleOptions {
  std::string base = {};                ///< file with the BTF of vmlinux (--base-btf); empty: INPUT is not modules
  std::vector<std::string> files = {};  ///< more modules of the one kernel (--module)
  ModuleChoice choice = {};
};

}  // namespace minbtf::archive
