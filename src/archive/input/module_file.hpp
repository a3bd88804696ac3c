// SPDX-License-Identifier: BSD-2-Clause
// The BTF of one kernel module from one file: raw split BTF (as in /sys/kernel/btf), or a module (.ko), compressed or
// not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "archive/unpack/unpack.hpp"
#include "btf/view.hpp"

namespace minbtf::archive {

struct ModuleFile {
  std::string file;                          ///< path of the file, for messages
  std::string module;                        ///< name of the module
  std::string release;                       ///< release of the kernel that it was built for; empty: unknown
  std::vector<std::uint8_t> btf;             ///< split BTF, not checked; empty: the module was built without BTF
  std::vector<std::uint8_t> distilled_base;  ///< the section `.BTF.base`; empty: there is none
};

/// Returns the name of the module in a file of this name: the file name without .xz, .gz, .zst, without .ko and .btf,
/// and with `_` for each `-`, as the kernel names modules. Example: `nf_conntrack` for `kernel/net/nf-conntrack.ko.xz`.
[[nodiscard]] std::string module_name_of(std::string_view path);

/// Reads the BTF of a module. An empty file without a suffix is a module without BTF. The module's name
/// is that in `.modinfo`, otherwise module_name_of() of the path. Reads only the section headers, `.BTF`, `.BTF.base`
/// and `.modinfo` of an ELF file that is not compressed. Throws Error: io; wrong_file for full BTF, for an ELF file
/// that is no module and for any other file; damaged for bad ELF or compressed data; unsupported for a size over a
/// limit.
[[nodiscard]] ModuleFile read_module(const std::filesystem::path& path, const UnpackLimits& limits);

/// Does the same for a file in memory: a member of a tar. `name` is its path there, for messages and for the name of
/// the module.
[[nodiscard]] ModuleFile module_in(std::vector<std::uint8_t> bytes, const std::string& name,
                                   const UnpackLimits& limits);

/// Throws Error (wrong_file) that names both files if the module was built for another release than that of the kernel
/// in `base_file`. Accepts the module if one of the two releases is empty (unknown), and if the module has a distilled
/// base: it can be loaded into other releases.
void check_release(const ModuleFile& module, std::string_view base_release, const std::string& base_file);

/// Returns the split BTF of the module with ids and offsets that continue those of `base`: `module.btf`, or the result
/// of btf::rebased() if the module has a distilled base. Throws Error as btf::rebased() does.
[[nodiscard]] std::vector<std::uint8_t> split_btf_on(const ModuleFile& module, const btf::View& base);

}  // namespace minbtf::archive
