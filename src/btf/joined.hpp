// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel with modules, as one BTF: the types of vmlinux, and behind them those of each module. In its own
// file each module continues the type ids and string offsets of vmlinux. Here each module continues those of the module
// before it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::btf {

/// The BTF of one module: raw split BTF, whose ids and offsets continue those of vmlinux.
struct ModuleBtf {
  std::span<const std::uint8_t> bytes;  ///< not owned, not checked
  std::string file;                     ///< path, for messages
  std::string module;                   ///< name of the module
};

struct Joined {
  std::vector<std::uint8_t> bytes;    ///< valid full BTF
  std::vector<KernelModule> modules;  ///< in the order in which they were given
};

/// Returns `base` with the types of all `modules` behind it, in their order. The strings of modules are appended as
/// they are, so a string may be there more than once. `base_file` is the base's name in messages. Throws Error that
/// names the module's file: damaged if its BTF is damaged; wrong_file, with `base_file`, if it does not fit `base` (the
/// rules are in joined.cpp); unsupported if the result would have 4 GiB.
[[nodiscard]] Joined join(const View& base, const std::string& base_file, std::span<const ModuleBtf> modules);

struct ScannedModule {
  std::uint32_t types = 0;  ///< number of types
  bool is_wanted = false;   ///< `wants` returned true for one of them
};

/// Checks that a module fits `base`, with the rules and errors of join(), and calls `wants` with the kind and the name
/// of each named type that CO-RE can search for (is_sought()), until it returns true.
[[nodiscard]] ScannedModule scan_module(const View& base, const std::string& base_file, const ModuleBtf& module,
                                        const std::function<bool(Kind, std::string_view)>& wants);

}  // namespace minbtf::btf
