// SPDX-License-Identifier: BSD-2-Clause
// A real kernel with modules, for the tests of the law. MINBTF_MODULES names a directory with the BTF of one kernel (a
// file *.btf) and its modules (*.ko, at any depth). bench/kernel_with_modules.py makes one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "archive/input/module_file.hpp"
#include "btf/joined.hpp"

namespace minbtf::test {

struct KernelWithModules {
  std::filesystem::path base_path;
  std::vector<std::uint8_t> base = {};
  std::vector<archive::ModuleFile> modules = {};  ///< those that have BTF, by path
};

[[nodiscard]] KernelWithModules read_kernel_with_modules(const std::filesystem::path& directory);

/// Joins these modules with `base`, in their order.
[[nodiscard]] btf::Joined join_modules(const std::vector<std::uint8_t>& base,
                                       const std::vector<const archive::ModuleFile*>& modules);

/// Returns the number in an environment variable, or `otherwise`.
[[nodiscard]] unsigned long number_in(const char* variable, unsigned long otherwise);

}  // namespace minbtf::test
