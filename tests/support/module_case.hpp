// SPDX-License-Identifier: BSD-2-Clause
// Forged kernels with modules, and an object that asks for types of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "btf/joined.hpp"
#include "minbtf/keep.hpp"
#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

using Bytes = std::vector<std::uint8_t>;

/// A kernel with modules, and what an object asks of it. The modules are named m0, m1, ...
struct ModuleCase {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;
  std::function<void(BtfForge&)> base;
  std::vector<std::function<void(BtfForge&)>> modules;
  std::vector<Ask> asks;
  std::string expected;  ///< as in Case, from libbpf on vmlinux with the modules
  std::vector<Keep> keeps = {};
};

/// The kernel of a ModuleCase.
struct LiveKernel {
  Bytes base;
  std::vector<Bytes> modules;  ///< split BTF
  btf::Joined joined;

  explicit LiveKernel(const ModuleCase& row);
  /// Valid as long as this object.
  [[nodiscard]] KernelBtf btf() const { return KernelBtf::with_modules(joined.bytes, joined.modules); }
};

/// Returns the object of a row: an ELF file.
[[nodiscard]] Bytes object_of(const ModuleCase& row);

}  // namespace minbtf::test
