// SPDX-License-Identifier: BSD-2-Clause
#include "support/module_case.hpp"

#include "btf/view.hpp"

namespace minbtf::test {

LiveKernel::LiveKernel(const ModuleCase& row) {
  BtfForge forge;
  row.base(forge);
  base = forge.bytes();
  std::vector<btf::ModuleBtf> list;
  for (const auto& types : row.modules) {
    BtfForge module = BtfForge::split(forge);
    types(module);
    modules.push_back(module.bytes());
  }
  for (std::size_t i = 0; i < modules.size(); ++i) {
    list.push_back({.bytes = modules[i], .file = "m" + std::to_string(i) + ".ko", .module = "m" + std::to_string(i)});
  }
  joined = btf::join(btf::View::parse(base, "vmlinux"), "vmlinux", list);
}

Bytes object_of(const ModuleCase& row) {
  return build({.name = row.name, .local = row.local, .target = [](BtfForge&) {}, .asks = row.asks, .expected = {}})
      .object;
}

}  // namespace minbtf::test
