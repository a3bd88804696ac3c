// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/module_kernel.hpp"

#include <algorithm>
#include <cstdlib>

#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

KernelWithModules read_kernel_with_modules(const std::filesystem::path& directory) {
  KernelWithModules out{.base_path = {}};
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".btf") out.base_path = entry.path();
    if (entry.path().extension() == ".ko") paths.push_back(entry.path());
  }
  out.base = bytes_of(out.base_path);
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    archive::ModuleFile module = archive::read_module(path, {});
    if (!module.btf.empty()) out.modules.push_back(std::move(module));
  }
  return out;
}

btf::Joined join_modules(const std::vector<std::uint8_t>& base,
                         const std::vector<const archive::ModuleFile*>& modules) {
  std::vector<btf::ModuleBtf> list;
  for (const archive::ModuleFile* each : modules) {
    list.push_back({.bytes = each->btf, .file = each->file, .module = each->module});
  }
  return btf::join(btf::View::parse(base, "vmlinux"), "vmlinux", list);
}

unsigned long number_in(const char* variable, unsigned long otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoul(value, nullptr, 10);
}

}  // namespace minbtf::test
