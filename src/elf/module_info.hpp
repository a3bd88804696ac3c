// SPDX-License-Identifier: BSD-2-Clause
// The section `.modinfo` of a kernel module: texts `key=value`, each with a NUL behind it
// (include/linux/moduleparam.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minbtf::elf {

struct ModuleInfo {
  std::string name;      ///< `name=`, with `_` for each `-`; empty in modules of kernels before 4.13
  std::string vermagic;  ///< `vermagic=`: the kernel's release and, after a space, options; empty if there is none

  /// Returns the release of the kernel for which the module was built: `vermagic` up to the first space. It may be
  /// empty.
  [[nodiscard]] std::string release() const { return vermagic.substr(0, vermagic.find(' ')); }
};

/// Reads the contents of a section `.modinfo`. The first text of a key counts. A value over 1024 bytes, and a text
/// without a NUL at the end of the section, are read like all others and cut to 1024 bytes.
[[nodiscard]] ModuleInfo module_info(std::span<const std::uint8_t> modinfo);

}  // namespace minbtf::elf
