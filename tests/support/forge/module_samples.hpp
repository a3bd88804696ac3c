// SPDX-License-Identifier: BSD-2-Clause
// Small kernels, modules and objects for tests with modules. Tests truncate them, and they are seeds of a fuzzer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

/// Two kernels: one with types of every kind (EveryKind), and one with few types and without `long`.
inline constexpr std::size_t sample_bases = 2;
[[nodiscard]] BtfForge sample_base(std::size_t index, ByteOrder order);

/// Objects that ask for types of vmlinux and of modules, in every way.
inline constexpr std::size_t sample_module_objects = 4;
[[nodiscard]] std::vector<std::uint8_t> sample_module_object(std::size_t index, ByteOrder order);

/// A module file (.ko).
struct ForgedModule {
  std::vector<std::uint8_t> btf;
  std::vector<std::uint8_t> distilled_base = {};  ///< empty: no section .BTF.base
  std::string modinfo = {};                       ///< empty: no section .modinfo
  ByteOrder order = ByteOrder::little;

  [[nodiscard]] std::vector<std::uint8_t> bytes() const;
};

/// Returns raw split BTF of modules on sample_base(), and module files on a distilled base, with names.
[[nodiscard]] std::vector<std::pair<std::string, std::vector<std::uint8_t>>> sample_modules(std::size_t base,
                                                                                            ByteOrder order);

}  // namespace minbtf::test
